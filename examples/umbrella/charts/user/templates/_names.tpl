{{- define "user.name" -}}
{{- printf "%s-%s" (.Release.Name | replace "." "-" | trunc 50 | trimSuffix "-") .Chart.Name -}}
{{- end }}

{{- define "user.labels" -}}
app.kubernetes.io/name: {{ include "user.name" . | quote }}
{{- end }}
