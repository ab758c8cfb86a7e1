{{/* What would be refused by the cluster, or would go wrong there, is refused here with what to do. */}}
{{- define "daemonset.checks" -}}
{{- $own := list }}
{{- range $name, $mount := .Values.mounts }}
{{- if $mount }}
{{- $own = append $own $name }}
{{- $sources := list $mount.emptyDir $mount.hostPath $mount.configMap $mount.secret }}
{{- $asked := 0 }}
{{- range $sources }}
{{- if not (kindIs "invalid" .) }}
{{- $asked = add1 $asked }}
{{- end }}
{{- end }}
{{- if ne (int $asked) 1 }}
{{- fail (printf "`mounts.%s` needs one of emptyDir, hostPath, configMap and secret, and the others null" $name) }}
{{- end }}
{{- if and $mount.hostPathType (not $mount.hostPath) }}
{{- fail (printf "`mounts.%s.hostPathType` goes with `hostPath`" $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.writableTmp }}
{{- $own = append $own "tmp" }}
{{- end }}
{{- if and (include "daemonset.configName" .) .Values.configMap.mountPath }}
{{- $own = append $own "config" }}
{{- end }}
{{- if and (include "daemonset.secretName" .) .Values.secret.mountPath }}
{{- $own = append $own "secret" }}
{{- end }}
{{- range .Values.volumes }}
{{- $own = append $own .name }}
{{- end }}
{{- include "daemonset.unique" (list "volume" $own) }}
{{- $names := list (include "daemonset.name" .) }}
{{- range concat (.Values.initContainers | default list) (.Values.containers | default list) }}
{{- $names = append $names .name }}
{{- end }}
{{- include "daemonset.unique" (list "container" $names) }}
{{- end }}

{{- define "daemonset.unique" -}}
{{- $kind := first . }}
{{- $seen := dict }}
{{- range last . }}
{{- if hasKey $seen . }}
{{- fail (printf "there are two %ss called `%s`" $kind .) }}
{{- end }}
{{- $_ := set $seen . true }}
{{- end }}
{{- end }}
