{{/* What would be refused by the cluster, or would go wrong there, is refused here with what to do. */}}
{{- define "job.checks" -}}
{{- $own := list }}
{{- range $name, $mount := .Values.mounts }}
{{- if $mount }}
{{- $own = append $own $name }}
{{- $sources := list $mount.emptyDir $mount.existingClaim $mount.configMap $mount.secret }}
{{- $asked := 0 }}
{{- range $sources }}
{{- if not (kindIs "invalid" .) }}
{{- $asked = add1 $asked }}
{{- end }}
{{- end }}
{{- if ne (int $asked) 1 }}
{{- fail (printf "`mounts.%s` needs one of emptyDir, existingClaim, configMap and secret, and the others null" $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.writableTmp }}
{{- $own = append $own "tmp" }}
{{- end }}
{{- if and (include "job.configName" .) .Values.configMap.mountPath }}
{{- $own = append $own "config" }}
{{- end }}
{{- if and (include "job.secretName" .) .Values.secret.mountPath }}
{{- $own = append $own "secret" }}
{{- end }}
{{- range .Values.volumes }}
{{- $own = append $own .name }}
{{- end }}
{{- include "job.unique" (list "volume" $own) }}
{{- $names := list (include "job.name" .) }}
{{- range .Values.initContainers }}
{{- $names = append $names .name }}
{{- end }}
{{- include "job.unique" (list "container" $names) }}
{{- if and .Values.schedule (not (kindIs "invalid" .Values.ttlSecondsAfterFinished)) }}
{{- fail "`ttlSecondsAfterFinished` is for a Job alone: with `schedule`, `successfulJobsHistoryLimit` and `failedJobsHistoryLimit` say what is kept" }}
{{- end }}
{{- end }}

{{- define "job.unique" -}}
{{- $kind := first . }}
{{- $seen := dict }}
{{- range last . }}
{{- if hasKey $seen . }}
{{- fail (printf "there are two %ss called `%s`" $kind .) }}
{{- end }}
{{- $_ := set $seen . true }}
{{- end }}
{{- end }}
