"""What the values of the chart may say, as a JSON schema."""

from collections.abc import Mapping
from typing import Any

from runtime_app.config import SETTINGS

Schema = dict[str, Any]

#: Settings that the chart gives by itself, to each role its own.
GIVEN_BY_THE_CHART = {
    "OA_CODE_VERSION",
    "OA_HEALTH_FILE",
    "OA_METRICS_ADDRESS",
    "OA_METRICS_PORT",
    "OA_OPERATOR",
    "OA_READY_FILE",
    "OA_ROLE",
    "PROMETHEUS_MULTIPROC_DIR",
}
_NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$"}
_MAYBE_NAME = {"type": "string", "pattern": "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$"}
_PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1000}
_SOME = {"type": "integer", "minimum": 1, "maximum": 1000}
_LABELS = {"type": "object", "additionalProperties": {"type": "string"}}
_WORD = {"type": "string"}
_SETTINGS = {"$ref": "#/$defs/settings"}


def _object(properties: Mapping[str, Any], *required: str) -> Schema:
    found: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(properties),
    }
    return found | ({"required": list(required)} if required else {})


def _some(item: Schema, least: int = 1) -> Schema:
    return {"type": "array", "items": item, "minItems": least}


#: By what the packages of clouds find an identity; none of them is a secret.
_IDENTITY = (
    *("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"),
    *("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS"),
)


_KEY_OF_SECRET = _object({"name": _NAME, "key": {"type": "string", "minLength": 1}}, "name", "key")
_PODS = _object(
    {"namespace": _NAME, "podLabels": {**_LABELS, "minProperties": 1}}, "namespace", "podLabels"
)
# A network of everybody, as a place, would undo the policies.
_BLOCK = _object(
    {"cidr": {"type": "string", "pattern": "^[0-9a-fA-F.:]+/[1-9][0-9]{0,2}$"}}, "cidr"
)
_PLACE = {"oneOf": [_PODS, _BLOCK]}


def _target(least: int) -> Schema:
    return _object({"places": _some(_PLACE, least), "port": _PORT}, "places", "port")


def values_schema(roles: Mapping[str, Mapping[str, Any]]) -> Schema:
    """The schema of the values, for these rows of the table of roles."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"settings": _settings()},
        **_object(
            {
                "image": _image(),
                "codeVersion": _WORD,
                "settings": _SETTINGS | {"required": ["OA_DEFAULT_MODEL"]},
                "secrets": _secrets(roles),
                "artifacts": _object(
                    {
                        "annotations": _LABELS,
                        "audience": _WORD,
                        "configMap": _MAYBE_NAME,
                        "environ": _object(dict.fromkeys(_IDENTITY, _WORD)),
                    }
                ),
                "tls": _object({"caSecret": _MAYBE_NAME}, "caSecret"),
                "roles": _object({name: _role(row) for name, row in roles.items()}, *roles),
                "autoscaling": _autoscaling(),
                "monitoring": _object(
                    {"podMonitor": {"type": "boolean"}, "interval": _WORD, "labels": _LABELS},
                    "podMonitor",
                    "interval",
                ),
                "network": _network(),
                "global": {"type": "object"},
            },
            *("image", "settings", "secrets", "tls", "roles", "autoscaling"),
            *("monitoring", "network"),
        ),
    }


def _image() -> Schema:
    digest = {"required": ["digest"], "properties": {"digest": {"pattern": "^sha256:"}}}
    tag = {"required": ["tag"], "properties": {"tag": {"minLength": 1}}}
    return _object(
        {
            "repository": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._:/-]*$"},
            "tag": {"type": "string", "pattern": "^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$"},
            "digest": {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"},
            "requireDigest": {"type": "boolean"},
            "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
            "pullSecrets": {"type": "array", "items": _NAME},
        },
        "repository",
    ) | {
        "if": {"properties": {"requireDigest": {"const": True}}, "required": ["requireDigest"]},
        "then": digest,
        "else": {"anyOf": [digest, tag]},
    }


def _settings() -> Schema:
    """Any setting of ours that is no secret, by its name."""
    plain = [s for s in SETTINGS if not s.secret and s.name not in GIVEN_BY_THE_CHART]
    value = {"type": ["string", "number", "boolean"]}
    return _object({s.name: value | {"description": s.doc} for s in plain})


def _secrets(roles: Mapping[str, Mapping[str, Any]]) -> Schema:
    optional = {s.name for s in SETTINGS if s.secret and s.default is not None}
    names = sorted({name for row in roles.values() for name in row["secrets"].values()})
    required = [name for name in names if name not in optional]
    return _object(dict.fromkeys(names, _KEY_OF_SECRET), *required)


def _role(row: Mapping[str, Any]) -> Schema:
    properties: Schema = {
        "resources": _object({"requests": {"type": "object"}, "limits": {"type": "object"}}),
        "settings": _SETTINGS,
    }
    if row["concurrency"]:
        properties["concurrency"] = _SOME
    if row["kind"] == "Job":
        return _object(properties, "resources")
    properties["replicas"] = {**_COUNT, "maximum": 1} if row["alone"] else _COUNT
    if not row["alone"]:
        properties["scale"] = _object({"min": _SOME, "max": _SOME}, "min", "max")
    return _object(properties, "replicas", "resources")


def _autoscaling() -> Schema:
    address = {"type": "string", "pattern": "^(https?://.+)?$"}
    return _object(
        {
            "by": {"enum": ["none", "cpu", "work"]},
            "cpuPercent": {"type": "integer", "minimum": 1, "maximum": 100},
            **{f"{work}PerPod": _SOME for work in ("streams", "runs", "tools")},
            "prometheusAddress": address,
            "databaseUrl": _KEY_OF_SECRET,
        },
        "by",
    ) | {
        "if": {"properties": {"by": {"const": "work"}}},
        "then": {"properties": {"prometheusAddress": {"minLength": 1}}},
    }


def _network() -> Schema:
    return _object(
        {
            "laravel": _some(_PODS),
            "prometheus": _some(_PODS, 0),
            "operators": _some(_PODS, 0),
            "dns": _some(_PLACE),
            "postgres": _target(1),
            "broker": _target(1),
            "models": _target(0),
            "proxy": _target(0),
            "wallet": _target(0),
            "artifacts": _target(0),
            "collector": _target(0),
        },
        *("laravel", "dns", "postgres", "broker", "models", "proxy", "wallet", "artifacts"),
        "collector",
    )
