{{/* The pods of a version. */}}
{{- define "service.pod" -}}
metadata:
  labels:
    {{- include "service.selector" . | nindent 4 }}
    {{- include "service.ownLabels" . | nindent 4 }}
  {{- with include "service.podAnnotations" . }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  {{- include "service.podSpec" . | nindent 2 }}
{{- end }}

{{/* The checksums make a change of the settings replace the pods. */}}
{{- define "service.podAnnotations" -}}
{{- $checksums := dict }}
{{- with include "service.map" (list .Values.configMap.data) }}
{{- $_ := set $checksums "checksum/config" (sha256sum .) }}
{{- end }}
{{- if not .Values.secret.existingSecret }}
{{- with include "service.map" (list .Values.secret.data) }}
{{- $_ := set $checksums "checksum/secret" (sha256sum .) }}
{{- end }}
{{- end }}
{{- include "service.map" (list .Values.podAnnotations $checksums) }}
{{- end }}

{{/* What makes a new version: nothing here may depend on the name of one. */}}
{{- define "service.podSpec" -}}
serviceAccountName: {{ include "service.serviceAccountName" . | quote }}
automountServiceAccountToken: {{ .Values.serviceAccount.automountToken }}
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with include "service.podSecurityContext" . }}
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
  {{- include "service.containers" (dict "containers" . "securityContext" $.Values.securityContext) | trim | nindent 2 }}
{{- end }}
containers:
  - name: {{ include "service.name" . | quote }}
    image: {{ include "service.image" . | quote }}
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
    {{- with include "service.env" . }}
    env:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with include "service.envFrom" . }}
    envFrom:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with include "service.ports" . }}
    ports:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with include "service.probes" . }}
    {{- . | trim | nindent 4 }}
    {{- end }}
    {{- with include "service.lifecycle" . }}
    lifecycle:
      {{- . | nindent 6 }}
    {{- end }}
    {{- with .Values.resources }}
    resources:
      {{- include "service.yaml" . | nindent 6 }}
    {{- end }}
    {{- with .Values.securityContext }}
    securityContext:
      {{- include "service.yaml" . | nindent 6 }}
    {{- end }}
    {{- with include "service.volumeMounts" . }}
    volumeMounts:
      {{- . | trim | nindent 6 }}
    {{- end }}
  {{- with .Values.containers }}
  {{- include "service.containers" (dict "containers" . "securityContext" $.Values.securityContext) | trim | nindent 2 }}
  {{- end }}
{{- with include "service.volumes" . }}
volumes:
  {{- . | trim | nindent 2 }}
{{- end }}
{{- with include "service.map" (list .Values.nodeSelector) }}
nodeSelector:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- include "service.yaml" . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- include "service.yaml" . | nindent 2 }}
{{- end }}
{{- with .Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{ include "service.yaml" . | indent 4 | trim }}
    {{- if not (hasKey . "labelSelector") }}
    labelSelector:
      matchLabels:
        {{- include "service.versions" $ | nindent 8 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Whoever does not run as root may write to a claim only as a member of the group that owns it. */}}
{{- define "service.podSecurityContext" -}}
{{- with .Values.podSecurityContext }}
{{- $own := dict }}
{{- if and (include "service.claims" $) (not (hasKey . "fsGroup")) }}
{{- $own = dict "fsGroup" 65532 "fsGroupChangePolicy" "OnRootMismatch" }}
{{- end }}
{{- include "service.map" (list $own .) }}
{{- end }}
{{- end }}

{{/* Whoever still sends requests gets answers until it knows that these pods are going. */}}
{{- define "service.lifecycle" -}}
{{- $own := dict }}
{{- if and .Values.service.enabled .Values.preStopSleepSeconds }}
{{- if ge (int .Values.preStopSleepSeconds) (int .Values.terminationGracePeriodSeconds) }}
{{- fail "`terminationGracePeriodSeconds` must be more than `preStopSleepSeconds`, which is a part of it" }}
{{- end }}
{{- $_ := set $own "preStop" (dict "sleep" (dict "seconds" (int .Values.preStopSleepSeconds))) }}
{{- end }}
{{- include "service.map" (list $own .Values.lifecycle) }}
{{- end }}
