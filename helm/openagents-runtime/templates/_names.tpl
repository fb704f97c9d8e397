{{- /* The table of roles, by name. */}}
{{- define "oa.roles" -}}
{{ .Files.Get "tables/roles.yaml" }}
{{- end }}

{{- /* The name of what belongs to a role, or to all: (root, role). */}}
{{- define "oa.name" -}}
{{ printf "%s-%s" (.root.Release.Name | trunc 40 | trimSuffix "-") .role }}
{{- end }}

{{- /* The labels by which a role's pods are known: (root, role); without a role, all of them. */}}
{{- define "oa.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- define "oa.labels" -}}
{{ include "oa.selector" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- /* Name, namespace and labels of what belongs to a role: (root, role). */}}
{{- define "oa.metadata" -}}
name: {{ include "oa.name" . }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "oa.labels" . | nindent 2 }}
{{- end }}

{{- /* What a hook needs before it: made anew each time, before the hook itself: (row). */}}
{{- define "oa.before-hook" -}}
annotations:
  helm.sh/hook: {{ .row.hook }}
  helm.sh/hook-weight: "-10"
  helm.sh/hook-delete-policy: before-hook-creation
{{- end }}

{{- /* Where web is. */}}
{{- define "oa.url" -}}
{{- $web := (include "oa.roles" . | fromYaml).web -}}
http://{{ include "oa.name" (dict "root" . "role" "web") }}:{{ $web.ports.http }}
{{- end }}

{{- define "oa.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "oa.code-version" -}}
{{ .Values.codeVersion | default .Values.image.tag | default (.Values.image.digest | trimPrefix "sha256:" | trunc 12) }}
{{- end }}

{{- /* Whether a role is scaled between bounds, "yes" or nothing: (root, role, row). */}}
{{- define "oa.scaled" -}}
{{- $own := index .root.Values.roles .role -}}
{{- if and $own.scale (ne .root.Values.autoscaling.by "none") (not .row.alone) }}yes{{ end }}
{{- end }}

{{- /* How many of a role there are at least: (root, role, row). */}}
{{- define "oa.least" -}}
{{- $own := index .root.Values.roles .role -}}
{{- if include "oa.scaled" . }}{{ $own.scale.min }}{{ else }}{{ $own.replicas }}{{ end }}
{{- end }}
