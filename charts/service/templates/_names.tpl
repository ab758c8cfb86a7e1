{{/* The name of everything: the release's, as Services allow it. */}}
{{- define "service.name" -}}
{{- .Release.Name | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The labels that pick the pods. A selector can never be changed, so no value may reach it. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.name" . | quote }}
{{- end }}

{{/* The labels of every object. Ours come last, so that no value replaces them. */}}
{{- define "service.labels" -}}
{{- include "service.map" (list .Values.labels (dict "app.kubernetes.io/name" (include "service.name" .))) -}}
{{- end }}

{{/* The labels of what changes with each version: the Deployment and its pods. */}}
{{- define "service.versionedLabels" -}}
{{- $own := dict "app.kubernetes.io/name" (include "service.name" .) "app.kubernetes.io/version" (include "service.version" .) -}}
{{- include "service.map" (list .Values.labels $own) -}}
{{- end }}

{{- define "service.podLabels" -}}
{{- $own := dict "app.kubernetes.io/name" (include "service.name" .) "app.kubernetes.io/version" (include "service.version" .) -}}
{{- include "service.map" (list .Values.labels .Values.podLabels $own) -}}
{{- end }}

{{/* The tag as a label can hold it: without a digest after it, 63 characters, letters or digits at both ends. */}}
{{- define "service.version" -}}
{{- tpl .Values.image.tag . | splitList "@" | first | replace ":" "-" | trunc 63 | trimAll "-._" -}}
{{- end }}

{{- define "service.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "service.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* The Secret that the pods read: one that is there already, ours, or none. */}}
{{- define "service.secretName" -}}
{{- if .Values.secret.existingSecret -}}
{{- .Values.secret.existingSecret -}}
{{- else if include "service.map" (list .Values.secret.data) -}}
{{- include "service.name" . -}}
{{- end -}}
{{- end }}

{{/* A list of maps as one: later ones win, and null takes an inherited entry away. */}}
{{- define "service.map" -}}
{{- $kept := dict -}}
{{- range . -}}
{{- range $key, $value := . -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $kept $key -}}
{{- else -}}
{{- $_ := set $kept $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $kept -}}
{{- include "service.yaml" . -}}
{{- end -}}
{{- end }}

{{/* Of what it cannot write, such as a control character, toYaml makes an empty text, and the object would be without it. */}}
{{- define "service.yaml" -}}
{{- toYaml . | required "a value holds a character that YAML cannot hold" -}}
{{- end }}
