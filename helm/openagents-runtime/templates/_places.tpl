{{- /* NetworkPolicy peers of a list of places. */}}
{{- define "oa.places" -}}
{{- range . }}
{{- if .cidr }}
- ipBlock:
    cidr: {{ .cidr }}
{{- else }}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ .namespace }}
  podSelector:
    matchLabels:
      {{- toYaml .podLabels | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The pods of one of our roles as a peer: (root, role). */}}
{{- define "oa.pods" -}}
- podSelector:
    matchLabels:
      {{- include "oa.selector" . | nindent 6 }}
{{- end }}

{{- /* Addresses of other people's machines. */}}
{{- define "oa.outside" -}}
{{- range $block, $except := .Files.Get "tables/outside.yaml" | fromYaml }}
- ipBlock:
    cidr: {{ $block }}
    except:
      {{- toYaml $except | nindent 6 }}
{{- end }}
{{- end }}

{{- /* Rules for the ways out of a role: (root, row). No places, no rule: an empty list of peers
       would let everything through. */}}
{{- define "oa.egress" -}}
{{- $network := .root.Values.network }}
{{- range .row.reaches }}
{{- $target := . }}
{{- if and (eq $target "models") (not $network.models.places) }}{{ $target = "outside" }}{{ end }}
{{- if and (eq $target "outside") $network.proxy.places }}{{ $target = "proxy" }}{{ end }}
{{- if eq $target "web" }}
- to:
    {{- include "oa.pods" (dict "root" $.root "role" "web") | trim | nindent 4 }}
  ports:
    - {protocol: TCP, port: {{ $.webPort }}}
{{- else if eq $target "outside" }}
- to:
    {{- include "oa.outside" $.root | trim | nindent 4 }}
  ports:
    - {protocol: TCP, port: 443}
{{- else }}
{{- with index $network $target }}
{{- if .places }}
- to:
    {{- include "oa.places" .places | trim | nindent 4 }}
  ports:
    - {protocol: TCP, port: {{ .port }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Rules for the ways into a role: (root, row). */}}
{{- define "oa.ingress" -}}
{{- range .row.reachedBy }}
{{- $port := index $.row.ports .port }}
{{- $from := list }}
{{- range .from }}
{{- if eq . "smoke" }}
{{- $from = append $from (include "oa.pods" (dict "root" $.root "role" .)) }}
{{- else }}
{{- with index $.root.Values.network . }}
{{- $from = append $from (include "oa.places" . | trim) }}
{{- end }}
{{- end }}
{{- end }}
{{- if $from }}
- from:
    {{- join "\n" $from | nindent 4 }}
  ports:
    - {protocol: TCP, port: {{ $port }}}
{{- end }}
{{- end }}
{{- end }}
