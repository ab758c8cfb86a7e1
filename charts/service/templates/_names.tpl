{{/* The name of what all versions share: the release's, as Services allow it. */}}
{{- define "service.name" -}}
{{- .Release.Name | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/*
The name of what runs the pods, and the value of the label that picks them. Under blueGreen each version has its own,
so that no selector ever picks pods of another: neither of another version, nor of the plain Deployment.
*/}}
{{- define "service.workload" -}}
{{- if eq .Values.rollout "blueGreen" -}}
{{- $pod := printf "%s\n%s\n%s" (include "service.ownLabels" .) (include "service.podAnnotations" .) (include "service.podSpec" .) -}}
{{- printf "%s-%s" (include "service.name" . | trunc 52 | trimSuffix "-") (sha256sum $pod | trunc 10) -}}
{{- else -}}
{{- include "service.name" . -}}
{{- end -}}
{{- end }}

{{/* The labels that pick the pods. A selector can never be changed, so no value may reach it but what names a version. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ include "service.workload" . | quote }}
{{- end }}

{{/* The labels that pick the pods of every version. */}}
{{- define "service.versions" -}}
app.kubernetes.io/instance: {{ include "service.name" . | quote }}
{{- end }}

{{/* The labels of every object. Ours come last, so that no value replaces them. */}}
{{- define "service.labels" -}}
{{- include "service.map" (list .Values.labels (dict "app.kubernetes.io/name" (include "service.name" .))) -}}
{{- end }}

{{/* The labels of what changes with each version: the Deployment or StatefulSet. */}}
{{- define "service.versionedLabels" -}}
{{- $own := dict "app.kubernetes.io/name" (include "service.name" .) "app.kubernetes.io/version" (include "service.version" .) -}}
{{- include "service.map" (list .Values.labels $own) -}}
{{- end }}

{{/* The labels of the pods but for the one that picks them. */}}
{{- define "service.ownLabels" -}}
{{- $own := dict "app.kubernetes.io/instance" (include "service.name" .) "app.kubernetes.io/version" (include "service.version" .) -}}
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

{{/* The name of settings. Under blueGreen their content names them, so that an old version keeps its own. */}}
{{- define "service.settingsName" -}}
{{- if eq .root.Values.rollout "blueGreen" -}}
{{- printf "%s-%s" (include "service.name" .root) (include "service.map" (list .data) | sha256sum | trunc 10) -}}
{{- else -}}
{{- include "service.name" .root -}}
{{- end -}}
{{- end }}

{{/* The ConfigMap that the pods read, or nothing. */}}
{{- define "service.configName" -}}
{{- if include "service.map" (list .Values.configMap.data) -}}
{{- include "service.settingsName" (dict "root" . "data" .Values.configMap.data) -}}
{{- end -}}
{{- end }}

{{/* The Secret that the pods read: one that is there already, ours, or none. */}}
{{- define "service.secretName" -}}
{{- if .Values.secret.existingSecret -}}
{{- .Values.secret.existingSecret -}}
{{- else if include "service.map" (list .Values.secret.data) -}}
{{- include "service.settingsName" (dict "root" . "data" .Values.secret.data) -}}
{{- end -}}
{{- end }}

{{/* The Service that gives the pods of a StatefulSet their names in DNS. */}}
{{- define "service.headlessName" -}}
{{- printf "%s-headless" (include "service.name" . | trunc 54 | trimSuffix "-") -}}
{{- end }}

{{/* The kind of what runs the pods, for what refers to it. */}}
{{- define "service.reference" -}}
apiVersion: apps/v1
kind: {{ .Values.kind }}
name: {{ include "service.workload" . | quote }}
{{- end }}

{{/* What each version has of its own is kept for a while after the switch, if asked for. */}}
{{- define "service.keep" -}}
{{- if and (eq .Values.rollout "blueGreen") .Values.keepOld -}}
molave.dev/keep-for: {{ printf "%vm" .Values.keepOld | quote }}
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
