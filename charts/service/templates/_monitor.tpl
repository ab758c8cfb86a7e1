{{/* How Prometheus asks for the metrics of a pod. */}}
{{- define "service.scrape" -}}
{{- if not (get .root.Values.ports .monitor.port) }}
{{- fail (printf "`%s.port` is `%s`, which is not under `ports`" .name .monitor.port) }}
{{- end }}
- port: {{ .monitor.port | quote }}
  path: {{ .monitor.path | quote }}
  {{- with .monitor.interval }}
  interval: {{ . | quote }}
  {{- end }}
  {{- with .monitor.scrapeTimeout }}
  scrapeTimeout: {{ . | quote }}
  {{- end }}
{{- end }}

{{/* Prometheus picks its monitors by labels of theirs. */}}
{{- define "service.monitorLabels" -}}
{{- include "service.map" (list .root.Values.labels .monitor.labels (dict "app.kubernetes.io/name" (include "service.name" .root))) -}}
{{- end }}
