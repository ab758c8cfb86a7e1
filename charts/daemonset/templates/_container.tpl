{{/* repository:tag, repository:tag@sha256:… or repository@sha256:… */}}
{{- define "daemonset.image" -}}
{{- $repository := tpl (required "image.repository is required: the image without its tag, such as registry.example.com/shop/cart" .Values.image.repository) . -}}
{{- $tag := tpl (required "image.tag is required: write it to the `version` file of the service" .Values.image.tag) . -}}
{{- if hasPrefix "sha256:" $tag -}}
{{- printf "%s@%s" $repository $tag -}}
{{- else -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end -}}
{{- end }}

{{/* Strings stay strings, whatever they look like; anything else says where the value comes from. */}}
{{- define "daemonset.env" -}}
{{- range $name, $value := .Values.env }}
{{- if kindIs "string" $value }}
- name: {{ $name | quote }}
  value: {{ $value | quote }}
{{- else if kindIs "map" $value }}
- name: {{ $name | quote }}
  valueFrom:
    {{- include "daemonset.yaml" $value | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{/* The settings that become environment variables: those without a place in the file system. */}}
{{- define "daemonset.envFrom" -}}
{{- if not .Values.configMap.mountPath }}
{{- with include "daemonset.configName" . }}
- configMapRef:
    name: {{ . | quote }}
{{- end }}
{{- end }}
{{- if not .Values.secret.mountPath }}
{{- with include "daemonset.secretName" . }}
- secretRef:
    name: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "daemonset.ports" -}}
{{- $taken := dict }}
{{- range $name, $port := .Values.ports }}
{{- if $port }}
{{- $number := printf "%v/%s" $port.port ($port.protocol | default "TCP") }}
{{- if hasKey $taken $number }}
{{- fail (printf "`ports.%s` and `ports.%s` are one port of the program, %s: keep one of them" (get $taken $number) $name $number) }}
{{- end }}
{{- $_ := set $taken $number $name }}
- name: {{ $name | quote }}
  containerPort: {{ $port.port }}
  {{- with $port.hostPort }}
  hostPort: {{ . }}
  {{- end }}
  protocol: {{ $port.protocol | default "TCP" }}
{{- end }}
{{- end }}
{{- end }}

{{/* The probes that are switched on. One that names no way to ask does an HTTP GET of /healthz on the port called http. */}}
{{- define "daemonset.probes" -}}
{{- range $kind := list "liveness" "readiness" "startup" }}
{{- $probe := index $.Values.probes $kind }}
{{- if $probe.enabled }}
{{- $asked := omit $probe "enabled" }}
{{- $ways := list $probe.httpGet $probe.tcpSocket $probe.grpc $probe.exec | compact }}
{{- if gt (len $ways) 1 }}
{{- fail (printf "`probes.%s` asks in more than one way: keep one of httpGet, tcpSocket, grpc and exec, and set the others to null" $kind) }}
{{- else if not $ways }}
{{- if not (get $.Values.ports "http") }}
{{- fail (printf "`probes.%s` asks the port `http`, which is not under `ports`: say how to ask, or set `enabled: false`" $kind) }}
{{- end }}
{{- $_ := set $asked "httpGet" (dict "path" "/healthz" "port" "http") }}
{{- end }}
{{ $kind }}Probe:
  {{- tpl (include "daemonset.yaml" $asked) $ | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* What belongs to the node is only read, unless a mount says otherwise. */}}
{{- define "daemonset.volumeMounts" -}}
{{- if .Values.writableTmp }}
- name: tmp
  mountPath: /tmp
{{- end }}
{{- if and (include "daemonset.configName" .) .Values.configMap.mountPath }}
- name: config
  mountPath: {{ .Values.configMap.mountPath | quote }}
  readOnly: true
{{- end }}
{{- if and (include "daemonset.secretName" .) .Values.secret.mountPath }}
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
  {{- if or $mount.readOnly (and $mount.hostPath (kindIs "invalid" $mount.readOnly)) }}
  readOnly: true
  {{- end }}
{{- end }}
{{- end }}
{{- with .Values.volumeMounts }}
{{ include "daemonset.yaml" . }}
{{- end }}
{{- end }}

{{- define "daemonset.volumes" -}}
{{- if .Values.writableTmp }}
- name: tmp
  emptyDir: {}
{{- end }}
{{- if .Values.configMap.mountPath }}
{{- with include "daemonset.configName" . }}
- name: config
  configMap:
    name: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .Values.secret.mountPath }}
{{- with include "daemonset.secretName" . }}
- name: secret
  secret:
    secretName: {{ . | quote }}
{{- end }}
{{- end }}
{{- range $name, $mount := .Values.mounts }}
{{- if $mount }}
- name: {{ $name | quote }}
  {{- if $mount.hostPath }}
  hostPath:
    path: {{ $mount.hostPath | quote }}
    {{- with $mount.hostPathType }}
    type: {{ . | quote }}
    {{- end }}
  {{- else if $mount.configMap }}
  configMap:
    name: {{ $mount.configMap | quote }}
  {{- else if $mount.secret }}
  secret:
    secretName: {{ $mount.secret | quote }}
  {{- else }}
  emptyDir:
    {{- include "daemonset.yaml" $mount.emptyDir | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- with .Values.volumes }}
{{ include "daemonset.yaml" . }}
{{- end }}
{{- end }}

{{/* Containers given whole. What they do not say of their rights is as for the program. */}}
{{- define "daemonset.containers" -}}
{{- range .containers }}
- {{ include "daemonset.yaml" (omit . "securityContext") | indent 2 | trim }}
  {{- $own := get . "securityContext" }}
  {{- if or (kindIs "map" $own) (not (hasKey . "securityContext")) }}
  {{- with mergeOverwrite (deepCopy ($.securityContext | default dict)) ($own | default dict) }}
  securityContext:
    {{- include "daemonset.yaml" . | nindent 4 }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end }}
