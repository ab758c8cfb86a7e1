{{/* What would be refused by the cluster, or would go wrong there, is refused here with what to do. */}}
{{- define "service.checks" -}}
{{- $own := list }}
{{- range $name, $mount := .Values.mounts }}
{{- if $mount }}
{{- $own = append $own $name }}
{{- $sources := list $mount.emptyDir $mount.claim $mount.existingClaim $mount.configMap $mount.secret }}
{{- $asked := 0 }}
{{- range $sources }}
{{- if not (kindIs "invalid" .) }}
{{- $asked = add1 $asked }}
{{- end }}
{{- end }}
{{- if ne (int $asked) 1 }}
{{- fail (printf "`mounts.%s` needs one of emptyDir, claim, existingClaim, configMap and secret, and the others null" $name) }}
{{- end }}
{{- if and $mount.claim (eq $.Values.kind "Deployment") }}
{{- $modes := $mount.claim.accessModes | default list }}
{{- if not (or (has "ReadWriteMany" $modes) (has "ReadOnlyMany" $modes) (eq ($.Values.strategy.type | default "") "Recreate")) }}
{{- fail (printf "`mounts.%s.claim` is for one node at a time, so that a new pod may wait for ever for the old one to go: use `kind: StatefulSet`, `strategy: { type: Recreate }`, or `accessModes: [ReadWriteMany]`" $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.writableTmp }}
{{- $own = append $own "tmp" }}
{{- end }}
{{- if and (include "service.configName" .) .Values.configMap.mountPath }}
{{- $own = append $own "config" }}
{{- end }}
{{- if and (include "service.secretName" .) .Values.secret.mountPath }}
{{- $own = append $own "secret" }}
{{- end }}
{{- range .Values.volumes }}
{{- $own = append $own .name }}
{{- end }}
{{- include "service.unique" (list "volume" $own) }}
{{- $names := list (include "service.name" .) }}
{{- range concat (.Values.initContainers | default list) (.Values.containers | default list) }}
{{- $names = append $names .name }}
{{- end }}
{{- include "service.unique" (list "container" $names) }}
{{- if and .Values.strategy (ne .Values.kind "Deployment") }}
{{- fail "`strategy` is for `kind: Deployment`: use `statefulSet.updateStrategy`" }}
{{- end }}
{{- if eq .Values.rollout "blueGreen" }}
{{- if ne .Values.kind "Deployment" }}
{{- fail "`rollout: blueGreen` is for `kind: Deployment`: pods with storage of their own cannot stand beside those of another version" }}
{{- end }}
{{- if .Values.strategy }}
{{- fail "`rollout: blueGreen` replaces no pods within a Deployment: leave `strategy` empty" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "service.unique" -}}
{{- $kind := first . }}
{{- $seen := dict }}
{{- range last . }}
{{- if hasKey $seen . }}
{{- fail (printf "there are two %ss called `%s`" $kind .) }}
{{- end }}
{{- $_ := set $seen . true }}
{{- end }}
{{- end }}
