"""What the custom resources of the chart may say, by their projects' reference pages.

Only the fields that the chart uses, and strictly: a field that is misspelled is refused.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

_WORD: Schema = {"type": "string", "minLength": 1}
_WORDS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def _strict(properties: Mapping[str, Any], *optional: str) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
    }


def _list(item: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": item}


def _trigger(kind: str, metadata: Schema, further: Mapping[str, Any]) -> Schema:
    return _strict({"type": {"const": kind}, "metadata": metadata, **further})


def _resource(version: str, kind: str, spec: Schema) -> Schema:
    metadata = _strict({"name": _WORD, "namespace": _WORD, "labels": _WORDS})
    head = {"apiVersion": {"const": version}, "kind": {"const": kind}}
    return _strict({**head, "metadata": metadata, "spec": spec})


# What KEDA's metadata holds are texts, numbers included.
_TRIGGERS = {
    "oneOf": [
        _trigger(
            "prometheus",
            _strict({"serverAddress": _WORD, "query": _WORD, "threshold": _WORD}),
            {},
        ),
        _trigger(
            "postgresql",
            _strict({"query": _WORD, "targetQueryValue": _WORD}),
            {"authenticationRef": _strict({"name": _WORD})},
        ),
        _trigger("cpu", _strict({"value": _WORD}), {"metricType": {"const": "Utilization"}}),
    ]
}

SCHEMAS: Mapping[str, Schema] = {
    "ScaledObject": _resource(
        "keda.sh/v1alpha1",
        "ScaledObject",
        _strict(
            {
                "scaleTargetRef": _strict({"name": _WORD}),
                "minReplicaCount": _COUNT,
                "maxReplicaCount": _COUNT,
                "triggers": _list(_TRIGGERS),
            }
        ),
    ),
    "TriggerAuthentication": _resource(
        "keda.sh/v1alpha1",
        "TriggerAuthentication",
        _strict(
            {
                "secretTargetRef": _list(
                    _strict({"parameter": {"const": "connection"}, "name": _WORD, "key": _WORD})
                )
            }
        ),
    ),
    "PodMonitor": _resource(
        "monitoring.coreos.com/v1",
        "PodMonitor",
        _strict(
            {
                "selector": _strict({"matchLabels": _WORDS}),
                "podTargetLabels": _list(_WORD),
                "podMetricsEndpoints": _list(
                    _strict(
                        {
                            "port": _WORD,
                            "interval": {"type": "string", "pattern": "^[0-9]+(ms|s|m)$"},
                            "relabelings": _list(
                                _strict({"targetLabel": _WORD, "replacement": _WORD})
                            ),
                        }
                    )
                ),
            }
        ),
    ),
}
