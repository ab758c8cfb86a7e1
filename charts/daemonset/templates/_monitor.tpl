{{/* How Prometheus asks for the metrics of a pod. */}}
{{- define "daemonset.scrape" -}}
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
{{- define "daemonset.monitorLabels" -}}
{{- include "daemonset.map" (list .root.Values.labels .monitor.labels (dict "app.kubernetes.io/name" (include "daemonset.name" .root))) -}}
{{- end }}
