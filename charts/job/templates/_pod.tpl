{{/* The pods of a run. */}}
{{- define "job.spec" -}}
{{- with .Values.parallelism }}
parallelism: {{ . }}
{{- end }}
{{- with .Values.completions }}
completions: {{ . }}
{{- end }}
backoffLimit: {{ .Values.backoffLimit }}
{{- if not (kindIs "invalid" .Values.activeDeadlineSeconds) }}
activeDeadlineSeconds: {{ .Values.activeDeadlineSeconds }}
{{- end }}
{{- if not (kindIs "invalid" .Values.ttlSecondsAfterFinished) }}
ttlSecondsAfterFinished: {{ .Values.ttlSecondsAfterFinished }}
{{- end }}
template:
  metadata:
    labels:
      {{- include "job.podLabels" . | nindent 6 }}
    {{- with include "job.podAnnotations" . }}
    annotations:
      {{- . | nindent 6 }}
    {{- end }}
  spec:
    {{- include "job.podSpec" . | nindent 4 }}
{{- end }}

{{/* The checksums make a change of the settings replace the pods. */}}
{{- define "job.podAnnotations" -}}
{{- $checksums := dict }}
{{- with include "job.map" (list .Values.configMap.data) }}
{{- $_ := set $checksums "checksum/config" (sha256sum .) }}
{{- end }}
{{- if not .Values.secret.existingSecret }}
{{- with include "job.map" (list .Values.secret.data) }}
{{- $_ := set $checksums "checksum/secret" (sha256sum .) }}
{{- end }}
{{- end }}
{{- include "job.map" (list .Values.podAnnotations $checksums) }}
{{- end }}

{{/* What a run is: a change here is a new one. */}}
{{- define "job.podSpec" -}}
serviceAccountName: {{ include "job.serviceAccountName" . | quote }}
automountServiceAccountToken: {{ .Values.serviceAccount.automountToken }}
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
restartPolicy: {{ .Values.restartPolicy }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with include "job.podSecurityContext" . }}
securityContext:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.initContainers }}
initContainers:
  {{- include "job.containers" (dict "containers" . "securityContext" $.Values.securityContext) | trim | nindent 2 }}
{{- end }}
containers:
  - name: {{ include "job.name" . | quote }}
    image: {{ include "job.image" . | quote }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    {{- with .Values.command }}
    command:
      {{- range . }}
      - {{ . | quote }}
      {{- end }}
    {{- end }}
    {{- with .Values.args }}
    args:
      {{- range . }}
      - {{ . | quote }}
      {{- end }}
    {{- end }}
    {{- with include "job.env" . }}
    env:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with include "job.envFrom" . }}
    envFrom:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with .Values.resources }}
    resources:
      {{- include "job.yaml" . | nindent 6 }}
    {{- end }}
    {{- with .Values.securityContext }}
    securityContext:
      {{- include "job.yaml" . | nindent 6 }}
    {{- end }}
    {{- with include "job.volumeMounts" . }}
    volumeMounts:
      {{- . | trim | nindent 6 }}
    {{- end }}
{{- with include "job.volumes" . }}
volumes:
  {{- . | trim | nindent 2 }}
{{- end }}
{{- with include "job.map" (list .Values.nodeSelector) }}
nodeSelector:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- include "job.yaml" . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- include "job.yaml" . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Whoever does not run as root may write to a claim only as a member of the group that owns it. */}}
{{- define "job.podSecurityContext" -}}
{{- with .Values.podSecurityContext }}
{{- $own := dict }}
{{- if and (include "job.claims" $) (not (hasKey . "fsGroup")) }}
{{- $own = dict "fsGroup" 65532 "fsGroupChangePolicy" "OnRootMismatch" }}
{{- end }}
{{- include "job.map" (list $own .) }}
{{- end }}
{{- end }}
