{{/* repository:tag, repository:tag@sha256:… or repository@sha256:… */}}
{{- define "service.image" -}}
{{- $repository := tpl (required "image.repository is required: the image without its tag, such as registry.example.com/shop/cart" .Values.image.repository) . -}}
{{- $tag := tpl (required "image.tag is required: write it to the `version` file of the service" .Values.image.tag) . -}}
{{- if hasPrefix "sha256:" $tag -}}
{{- printf "%s@%s" $repository $tag -}}
{{- else -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end -}}
{{- end }}

{{/* Strings stay strings, whatever they look like; anything else says where the value comes from. */}}
{{- define "service.env" -}}
{{- range $name, $value := .Values.env }}
{{- if kindIs "string" $value }}
- name: {{ $name | quote }}
  value: {{ $value | quote }}
{{- else if kindIs "map" $value }}
- name: {{ $name | quote }}
  valueFrom:
    {{- include "service.yaml" $value | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{/* The settings that become environment variables: those without a place in the file system. */}}
{{- define "service.envFrom" -}}
{{- if and (include "service.map" (list .Values.configMap.data)) (not .Values.configMap.mountPath) }}
- configMapRef:
    name: {{ include "service.name" . | quote }}
{{- end }}
{{- if and (include "service.secretName" .) (not .Values.secret.mountPath) }}
- secretRef:
    name: {{ include "service.secretName" . | quote }}
{{- end }}
{{- end }}

{{- define "service.ports" -}}
{{- range $name, $port := .Values.ports }}
{{- if $port }}
- name: {{ $name | quote }}
  containerPort: {{ $port.port }}
  protocol: {{ $port.protocol | default "TCP" }}
{{- end }}
{{- end }}
{{- end }}

{{/* The probes that are switched on. One that names no way to ask does an HTTP GET of /healthz on the port called http. */}}
{{- define "service.probes" -}}
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
  {{- tpl (include "service.yaml" $asked) $ | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "service.volumeMounts" -}}
{{- if .Values.writableTmp }}
- name: tmp
  mountPath: /tmp
{{- end }}
{{- if and (include "service.map" (list .Values.configMap.data)) .Values.configMap.mountPath }}
- name: config
  mountPath: {{ .Values.configMap.mountPath | quote }}
  readOnly: true
{{- end }}
{{- if and (include "service.secretName" .) .Values.secret.mountPath }}
- name: secret
  mountPath: {{ .Values.secret.mountPath | quote }}
  readOnly: true
{{- end }}
{{- with .Values.volumeMounts }}
{{ include "service.yaml" . }}
{{- end }}
{{- end }}

{{- define "service.volumes" -}}
{{- if .Values.writableTmp }}
- name: tmp
  emptyDir: {}
{{- end }}
{{- if and (include "service.map" (list .Values.configMap.data)) .Values.configMap.mountPath }}
- name: config
  configMap:
    name: {{ include "service.name" . | quote }}
{{- end }}
{{- if and (include "service.secretName" .) .Values.secret.mountPath }}
- name: secret
  secret:
    secretName: {{ include "service.secretName" . | quote }}
{{- end }}
{{- with .Values.volumes }}
{{ include "service.yaml" . }}
{{- end }}
{{- end }}

{{/* Containers given whole. Those without a securityContext get the service's. */}}
{{- define "service.containers" -}}
{{- range .containers }}
- {{ include "service.yaml" . | indent 2 | trim }}
  {{- if not (hasKey . "securityContext") }}
  securityContext:
    {{- include "service.yaml" $.securityContext | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
