{{- define "labels" -}}
app: {{ .Release.Name }}
team: {{ .Values.team.name }}
{{- end }}
