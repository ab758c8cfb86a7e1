{{/* The checksums make a change of the settings replace the pods. */}}
{{- define "daemonset.podAnnotations" -}}
{{- $checksums := dict }}
{{- with include "daemonset.map" (list .Values.configMap.data) }}
{{- $_ := set $checksums "checksum/config" (sha256sum .) }}
{{- end }}
{{- if not .Values.secret.existingSecret }}
{{- with include "daemonset.map" (list .Values.secret.data) }}
{{- $_ := set $checksums "checksum/secret" (sha256sum .) }}
{{- end }}
{{- end }}
{{- include "daemonset.map" (list .Values.podAnnotations $checksums) }}
{{- end }}

{{- define "daemonset.podSpec" -}}
serviceAccountName: {{ include "daemonset.serviceAccountName" . | quote }}
automountServiceAccountToken: {{ .Values.serviceAccount.automountToken }}
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- if .Values.hostNetwork }}
hostNetwork: true
dnsPolicy: ClusterFirstWithHostNet
{{- end }}
{{- if .Values.hostPID }}
hostPID: true
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- include "daemonset.yaml" . | nindent 2 }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .Values.initContainers }}
initContainers:
  {{- include "daemonset.containers" (dict "containers" . "securityContext" $.Values.securityContext) | trim | nindent 2 }}
{{- end }}
containers:
  - name: {{ include "daemonset.name" . | quote }}
    image: {{ include "daemonset.image" . | quote }}
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
    {{- with include "daemonset.env" . }}
    env:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with include "daemonset.envFrom" . }}
    envFrom:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with include "daemonset.ports" . }}
    ports:
      {{- . | trim | nindent 6 }}
    {{- end }}
    {{- with include "daemonset.probes" . }}
    {{- . | trim | nindent 4 }}
    {{- end }}
    {{- with include "daemonset.map" (list .Values.lifecycle) }}
    lifecycle:
      {{- . | nindent 6 }}
    {{- end }}
    {{- with .Values.resources }}
    resources:
      {{- include "daemonset.yaml" . | nindent 6 }}
    {{- end }}
    {{- with .Values.securityContext }}
    securityContext:
      {{- include "daemonset.yaml" . | nindent 6 }}
    {{- end }}
    {{- with include "daemonset.volumeMounts" . }}
    volumeMounts:
      {{- . | trim | nindent 6 }}
    {{- end }}
  {{- with .Values.containers }}
  {{- include "daemonset.containers" (dict "containers" . "securityContext" $.Values.securityContext) | trim | nindent 2 }}
  {{- end }}
{{- with include "daemonset.volumes" . }}
volumes:
  {{- . | trim | nindent 2 }}
{{- end }}
{{- with include "daemonset.map" (list .Values.nodeSelector) }}
nodeSelector:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- include "daemonset.yaml" . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- include "daemonset.yaml" . | nindent 2 }}
{{- end }}
{{- end }}
