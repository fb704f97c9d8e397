{{- /* The template of a role's pods: (root, role, row). */}}
{{- define "oa.pod" -}}
{{- $values := .root.Values }}
{{- $own := index $values.roles .role }}
{{- $ca := and $values.tls.caSecret (or (has "postgres" .row.reaches) (has "broker" .row.reaches)) }}
{{- $identity := and (has "artifacts" .row.reaches) (or $values.artifacts.audience $values.artifacts.configMap) }}
metadata:
  labels:
    {{- include "oa.labels" . | nindent 4 }}
  {{- if eq .row.kind "Deployment" }}
  annotations:
    checksum/settings: {{ toJson $values.settings | sha256sum }}
  {{- end }}
spec:
  serviceAccountName: {{ include "oa.name" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .row.graceSeconds }}
  {{- if eq .row.kind "Job" }}
  restartPolicy: Never
  {{- end }}
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  {{- if and (eq .row.kind "Deployment") (not .row.alone) }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "oa.selector" . | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
  {{- end }}
  containers:
    - name: {{ .role }}
      image: {{ include "oa.image" .root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      command: {{ .row.command | toJson | replace "{concurrency}" (toString (int ($own.concurrency | default .row.concurrency))) | replace "{url}" (include "oa.url" .root) }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      {{- if eq .row.kind "Deployment" }}
      envFrom:
        - configMapRef:
            name: {{ include "oa.name" (dict "root" .root "role" "settings") }}
      {{- end }}
      env:
        {{- include "oa.environ" . | trim | nindent 8 }}
      {{- with .row.ports }}
      ports:
        {{- range $name, $port := . }}
        - name: {{ $name }}
          containerPort: {{ $port }}
        {{- end }}
      {{- end }}
      {{- include "oa.probes" . | trim | nindent 6 }}
      resources:
        {{- toYaml $own.resources | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if .row.metricsFolder }}
        - name: metrics
          mountPath: {{ .row.metricsFolder }}
        {{- end }}
        {{- if $ca }}
        - name: tls
          mountPath: /etc/oa/tls
          readOnly: true
        {{- end }}
        {{- if $identity }}
        - name: artifacts
          mountPath: /var/run/secrets/oa/artifacts
          readOnly: true
        {{- end }}
  volumes:
    - name: tmp
      emptyDir:
        medium: Memory
        sizeLimit: 64Mi
    {{- if .row.metricsFolder }}
    - name: metrics
      emptyDir:
        medium: Memory
        sizeLimit: 64Mi
    {{- end }}
    {{- if $ca }}
    - name: tls
      secret:
        secretName: {{ $values.tls.caSecret }}
        items:
          - key: ca.crt
            path: ca.crt
    {{- end }}
    {{- if $identity }}
    - name: artifacts
      projected:
        sources:
          {{- with $values.artifacts.audience }}
          - serviceAccountToken:
              path: token
              audience: {{ . | quote }}
              expirationSeconds: 3600
          {{- end }}
          {{- with $values.artifacts.configMap }}
          - configMap:
              name: {{ . }}
          {{- end }}
    {{- end }}
{{- end }}

{{- /* What a role's process finds in its environment beside the ConfigMap: (root, role, row). */}}
{{- define "oa.environ" -}}
{{- $values := .root.Values }}
{{- $own := index $values.roles .role }}
{{- range $name, $value := .row.environ }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
- name: OA_CODE_VERSION
  value: {{ include "oa.code-version" .root | quote }}
{{- if .row.acts }}
- name: OA_OPERATOR
  value: {{ printf "helm-%s" .root.Release.Name | quote }}
{{- end }}
{{- $settings := and (eq .row.kind "Job") .row.readsSettings | ternary $values.settings dict }}
{{- range $name, $value := merge (dict) ($own.settings | default dict) $settings }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- if has "artifacts" .row.reaches }}
{{- range $name, $value := $values.artifacts.environ }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range $name, $secret := .row.secrets }}
{{- with index $values.secrets $secret }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .key }}
{{- end }}
{{- end }}
{{- end }}

{{- define "oa.probes" -}}
{{- if eq .row.ready "page" -}}
startupProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 2
  failureThreshold: 30
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 10
  timeoutSeconds: 3
# Until every proxy knows that this pod is going, new requests still come.
lifecycle:
  preStop:
    sleep: {seconds: 5}
{{- else if eq .row.ready "mark" -}}
readinessProbe:
  exec:
    command: [test, -f, {{ .row.environ.OA_READY_FILE }}]
  periodSeconds: 5
{{- if .row.environ.OA_HEALTH_FILE }}
# Where it stays deaf (OA_DEAF_AFTER_S) it is started anew; not at once, since what it works at needs
# no broker.
livenessProbe:
  exec:
    command: [python, -m, runtime_app, probe, worker]
  initialDelaySeconds: 60
  periodSeconds: 30
  timeoutSeconds: 20
  failureThreshold: 4
{{- end }}
{{- else if eq .row.ready "port" -}}
readinessProbe:
  tcpSocket: {port: http}
  periodSeconds: 5
{{- end }}
{{- end }}
