{{- define "order.name" -}}
{{- printf "%s-%s" (.Release.Name | replace "." "-" | trunc 50 | trimSuffix "-") .Chart.Name -}}
{{- end }}

{{- define "order.labels" -}}
app.kubernetes.io/name: {{ include "order.name" . | quote }}
{{- end }}
