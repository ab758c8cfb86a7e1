{{/* The name of what all versions share: the release's, as Services allow it. */}}
{{- define "job.name" -}}
{{- .Release.Name | replace "." "-" | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/*
The name of the Job. What a Job runs can never be changed, so another content is another Job: it has a part of the name
that stands for all of it. A Job that has run keeps its name, and is never run again.
*/}}
{{- define "job.runName" -}}
{{- $pod := printf "%s\n%s\n%s" (include "job.podLabels" .) (include "job.podAnnotations" .) (include "job.podSpec" .) -}}
{{- $run := printf "%s\n%v" $pod .Values.completions -}}
{{- printf "%s-%s" (include "job.shortName" .) (sha256sum $run | trunc 10) -}}
{{- end }}

{{/* Kubernetes appends eleven letters to the name of a CronJob, and we append as many to that of a Job. */}}
{{- define "job.shortName" -}}
{{- include "job.name" . | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* The labels of the pods. */}}
{{- define "job.podLabels" -}}
app.kubernetes.io/name: {{ include "job.name" . | quote }}
{{ include "job.ownLabels" . }}
{{- end }}

{{- define "job.settingsName" -}}
{{- include "job.name" .root -}}
{{- end }}

{{/* The labels of every object. Ours come last, so that no value replaces them. */}}
{{- define "job.labels" -}}
{{- include "job.map" (list .Values.labels (dict "app.kubernetes.io/name" (include "job.name" .))) -}}
{{- end }}

{{/* The labels of what changes with each version: the Deployment or StatefulSet. */}}
{{- define "job.versionedLabels" -}}
{{- $own := dict "app.kubernetes.io/name" (include "job.name" .) "app.kubernetes.io/version" (include "job.version" .) -}}
{{- include "job.map" (list .Values.labels $own) -}}
{{- end }}

{{/* The labels of the pods but for the one that picks them. */}}
{{- define "job.ownLabels" -}}
{{- $own := dict "app.kubernetes.io/instance" (include "job.name" .) "app.kubernetes.io/version" (include "job.version" .) -}}
{{- include "job.map" (list .Values.labels .Values.podLabels $own) -}}
{{- end }}

{{/* The tag as a label can hold it: without a digest after it, 63 characters, letters or digits at both ends. */}}
{{- define "job.version" -}}
{{- tpl .Values.image.tag . | splitList "@" | first | replace ":" "-" | trunc 63 | trimAll "-._" -}}
{{- end }}

{{- define "job.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "job.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* The ConfigMap that the pods read, or nothing. */}}
{{- define "job.configName" -}}
{{- if include "job.map" (list .Values.configMap.data) -}}
{{- include "job.settingsName" (dict "root" . "data" .Values.configMap.data) -}}
{{- end -}}
{{- end }}

{{/* The Secret that the pods read: one that is there already, ours, or none. */}}
{{- define "job.secretName" -}}
{{- if .Values.secret.existingSecret -}}
{{- .Values.secret.existingSecret -}}
{{- else if include "job.map" (list .Values.secret.data) -}}
{{- include "job.settingsName" (dict "root" . "data" .Values.secret.data) -}}
{{- end -}}
{{- end }}

{{/* A list of maps as one: later ones win, and null takes an inherited entry away. */}}
{{- define "job.map" -}}
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
{{- include "job.yaml" . -}}
{{- end -}}
{{- end }}

{{/* Of what it cannot write, such as a control character, toYaml makes an empty text, and the object would be without it. */}}
{{- define "job.yaml" -}}
{{- toYaml . | required "a value holds a character that YAML cannot hold" -}}
{{- end }}
