"""The OpenAPI document, printed from the routes, their schemas and the tables of the code."""

from collections.abc import Mapping
from typing import Any

import yaml
from flask import Flask
from marshmallow import RAISE

from docs.openapi import errors, events, frames, operations, parts, words
from runtime_app import __version__
from web.app import add_routes

_NOTE = "# Printed by docs/generate.py. Change what it is printed from, then run `make docs`.\n"


def document() -> dict[str, Any]:
    """The document as a value; needs no runtime and connects to nothing."""
    app = Flask("openapi")
    api = add_routes(app)
    described = api.spec.to_dict()
    schemas = _of_routes(described["components"]["schemas"], api.ma_plugin.converter.refs)
    return {
        "openapi": described["openapi"],
        "info": {
            "title": described["info"]["title"],
            "version": __version__,
            "description": words.DESCRIPTION.strip(),
        },
        "servers": [{"url": "http://127.0.0.1:4000", "description": "The local stack."}],
        "tags": [{"name": name, "description": says} for name, says in words.TAGS.items()],
        "paths": _paths(app, described["paths"]),
        "components": {
            "securitySchemes": {
                name: {"type": "apiKey", "in": "header", "name": header, "description": says}
                for name, (header, says) in words.SECURITY.items()
            },
            "parameters": operations.headers_in(),
            "headers": operations.headers_out(),
            "responses": errors.responses(),
            "schemas": {
                **schemas,
                **errors.SCHEMAS,
                **frames.schemas(),
                **parts.schemas(),
                "NativeStreamEvent": events.streamed(),
                **events.payloads(),
            },
        },
    }


def written() -> str:
    """The document as YAML."""
    text = yaml.dump(document(), Dumper=_Plain, sort_keys=False, width=100, allow_unicode=True)
    return _NOTE + text


def _paths(app: Flask, described: Mapping[str, Any]) -> dict[str, Any]:
    braces = str.maketrans("<>", "{}")
    endpoints = {
        (rule.rule.translate(braces), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    paths: dict[str, Any] = {}
    for path, item in described.items():
        named = [operations.path_parameter(each["name"]) for each in item.get("parameters", [])]
        paths[path] = {"parameters": named} if named else {}
        for method, operation in item.items():
            if method != "parameters":
                endpoint = endpoints[path, method]
                view = app.view_functions[endpoint]
                paths[path][method] = operations.complete(operation, path, endpoint, view)
    return paths


def _of_routes(described: Mapping[str, Any], names: Mapping[Any, str]) -> dict[str, Any]:
    """The schemas of `web.schemas`, open unless they say otherwise, with what they cannot say."""
    schemas = {}
    for (shape, *_), name in names.items():
        if shape.__module__.startswith("web."):
            schema = dict(described[name])
            if getattr(shape.Meta, "unknown", None) != RAISE:
                del schema["additionalProperties"]
            says = (shape.__doc__ or "").strip()
            schemas[name] = {"type": schema.pop("type"), "description": says, **schema}
    for frame in ("AppendFrame", "FrameBody"):
        schemas[frame]["oneOf"] = frames.by_type()
    schemas["NativeEvent"]["oneOf"] = events.by_type(pruned=True)
    return schemas


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice, texts of several lines as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Plain.add_representer(str, _text)
