{{/* repository:tag, repository:tag@sha256:… or repository@sha256:… */}}
{{- define "job.image" -}}
{{- $repository := tpl (required "image.repository is required: the image without its tag, such as registry.example.com/shop/cart" .Values.image.repository) . -}}
{{- $tag := tpl (required "image.tag is required: write it to the `version` file of the service" .Values.image.tag) . -}}
{{- if hasPrefix "sha256:" $tag -}}
{{- printf "%s@%s" $repository $tag -}}
{{- else -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end -}}
{{- end }}

{{/* Strings stay strings, whatever they look like; anything else says where the value comes from. */}}
{{- define "job.env" -}}
{{- range $name, $value := .Values.env }}
{{- if kindIs "string" $value }}
- name: {{ $name | quote }}
  value: {{ $value | quote }}
{{- else if kindIs "map" $value }}
- name: {{ $name | quote }}
  valueFrom:
    {{- include "job.yaml" $value | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{/* The settings that become environment variables: those without a place in the file system. */}}
{{- define "job.envFrom" -}}
{{- if not .Values.configMap.mountPath }}
{{- with include "job.configName" . }}
- configMapRef:
    name: {{ . | quote }}
{{- end }}
{{- end }}
{{- if not .Values.secret.mountPath }}
{{- with include "job.secretName" . }}
- secretRef:
    name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "job.volumeMounts" -}}
{{- if .Values.writableTmp }}
- name: tmp
  mountPath: /tmp
{{- end }}
{{- if and (include "job.configName" .) .Values.configMap.mountPath }}
- name: config
  mountPath: {{ .Values.configMap.mountPath | quote }}
  readOnly: true
{{- end }}
{{- if and (include "job.secretName" .) .Values.secret.mountPath }}
- name: secret
  mountPath: {{ .Values.secret.mountPath | quote }}
  readOnly: true
{{- end }}
{{- range $name, $mount := .Values.mounts }}
{{- if $mount }}
- name: {{ $name | quote }}
  mountPath: {{ $mount.path | quote }}
  {{- with $mount.subPath }}
  subPath: {{ . | quote }}
  {{- end }}
  {{- if $mount.readOnly }}
  readOnly: true
  {{- end }}
{{- end }}
{{- end }}
{{- with .Values.volumeMounts }}
{{ include "job.yaml" . }}
{{- end }}
{{- end }}

{{- define "job.volumes" -}}
{{- if .Values.writableTmp }}
- name: tmp
  emptyDir: {}
{{- end }}
{{- if .Values.configMap.mountPath }}
{{- with include "job.configName" . }}
- name: config
  configMap:
    name: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .Values.secret.mountPath }}
{{- with include "job.secretName" . }}
- name: secret
  secret:
    secretName: {{ . | quote }}
{{- end }}
{{- end }}
{{- range $name, $mount := .Values.mounts }}
{{- if $mount }}
- name: {{ $name | quote }}
  {{- if $mount.existingClaim }}
  persistentVolumeClaim:
    claimName: {{ $mount.existingClaim | quote }}
  {{- else if $mount.configMap }}
  configMap:
    name: {{ $mount.configMap | quote }}
  {{- else if $mount.secret }}
  secret:
    secretName: {{ $mount.secret | quote }}
  {{- else }}
  emptyDir:
    {{- include "job.yaml" $mount.emptyDir | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- with .Values.volumes }}
{{ include "job.yaml" . }}
{{- end }}
{{- end }}

{{/* The names of the mounts of claims, made by the chart or there already. */}}
{{- define "job.claims" -}}
{{- range $name, $mount := .Values.mounts }}
{{- if $mount }}
{{- if or $mount.claim $mount.existingClaim }}
{{- printf "%s " $name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Containers given whole. What they do not say of their rights is as for the program. */}}
{{- define "job.containers" -}}
{{- range .containers }}
- {{ include "job.yaml" (omit . "securityContext") | indent 2 | trim }}
  {{- $own := get . "securityContext" }}
  {{- if or (kindIs "map" $own) (not (hasKey . "securityContext")) }}
  {{- with mergeOverwrite (deepCopy ($.securityContext | default dict)) ($own | default dict) }}
  securityContext:
    {{- include "job.yaml" . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end }}
