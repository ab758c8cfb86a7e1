{{/* The name of what all versions share: the release's, as Services allow it. */}}
{{- define "daemonset.name" -}}
{{- .Release.Name | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The labels that pick the pods. A selector can never be changed, so no value may reach it. */}}
{{- define "daemonset.selector" -}}
app.kubernetes.io/name: {{ include "daemonset.name" . | quote }}
{{- end }}

{{- define "daemonset.settingsName" -}}
{{- include "daemonset.name" .root -}}
{{- end }}

{{/* The labels of every object. Ours come last, so that no value replaces them. */}}
{{- define "daemonset.labels" -}}
{{- include "daemonset.map" (list .Values.labels (dict "app.kubernetes.io/name" (include "daemonset.name" .))) -}}
{{- end }}

{{/* The labels of what changes with each version: the Deployment or StatefulSet. */}}
{{- define "daemonset.versionedLabels" -}}
{{- $own := dict "app.kubernetes.io/name" (include "daemonset.name" .) "app.kubernetes.io/version" (include "daemonset.version" .) -}}
{{- include "daemonset.map" (list .Values.labels $own) -}}
{{- end }}

{{/* The labels of the pods but for the one that picks them. */}}
{{- define "daemonset.ownLabels" -}}
{{- $own := dict "app.kubernetes.io/instance" (include "daemonset.name" .) "app.kubernetes.io/version" (include "daemonset.version" .) -}}
{{- include "daemonset.map" (list .Values.labels .Values.podLabels $own) -}}
{{- end }}

{{/* The tag as a label can hold it: without a digest after it, 63 characters, letters or digits at both ends. */}}
{{- define "daemonset.version" -}}
{{- tpl .Values.image.tag . | splitList "@" | first | replace ":" "-" | trunc 63 | trimAll "-._" -}}
{{- end }}

{{- define "daemonset.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "daemonset.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* The ConfigMap that the pods read, or nothing. */}}
{{- define "daemonset.configName" -}}
{{- if include "daemonset.map" (list .Values.configMap.data) -}}
{{- include "daemonset.settingsName" (dict "root" . "data" .Values.configMap.data) -}}
{{- end -}}
{{- end }}

{{/* The Secret that the pods read: one that is there already, ours, or none. */}}
{{- define "daemonset.secretName" -}}
{{- if .Values.secret.existingSecret -}}
{{- .Values.secret.existingSecret -}}
{{- else if include "daemonset.map" (list .Values.secret.data) -}}
{{- include "daemonset.settingsName" (dict "root" . "data" .Values.secret.data) -}}
{{- end -}}
{{- end }}

{{/* A list of maps as one: later ones win, and null takes an inherited entry away. */}}
{{- define "daemonset.map" -}}
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
{{- include "daemonset.yaml" . -}}
{{- end -}}
{{- end }}

{{/* Of what it cannot write, such as a control character, toYaml makes an empty text, and the object would be without it. */}}
{{- define "daemonset.yaml" -}}
{{- toYaml . | required "a value holds a character that YAML cannot hold" -}}
{{- end }}
