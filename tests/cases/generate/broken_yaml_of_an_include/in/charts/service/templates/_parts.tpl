{{- define "labels" -}}
app: {{ .Release.Name }}
  team: {{ .Values.domain }}
{{- end }}
