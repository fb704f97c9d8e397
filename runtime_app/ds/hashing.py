"""The hashes of this room: a tag, a line feed, the canonical text."""

from collections.abc import Mapping
from typing import Any, Literal

from runtime_app.canonical import canonical, sha256_hex

Kind = Literal[
    "schema",
    "prompt",
    "program",
    "artifact",
    "params",
    "output",
    "request",
    "receipt",
    "trace",
    "dataset",
    "example",
    "job",
]


def tagged_hash(kind: Kind, value: Any) -> str:
    """Lower-case hex of SHA-256 over `oa.ds.<kind>.v1`, a line feed and the canonical text.

    Raises:
        NotCanonical: an integer beyond ±(2^53 − 1), a NaN, an infinity, a lone surrogate.
    """
    return sha256_hex(f"oa.ds.{kind}.v1\n{canonical(value)}")


def schema_hash(given: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Of the two schemas of a signature."""
    return tagged_hash("schema", {"input": given, "output": answer})


def prompt_hash(instructions: str, demos: Any, render_version: int) -> str:
    """Of what a model is told beside its input, and the rendering of both."""
    content = {"demos": demos, "instructions": instructions, "render_version": render_version}
    return tagged_hash("prompt", content)


def program_hash(body: Mapping[str, Any]) -> str:
    """Of how a model is asked: the parts of an artifact's body that are not prompt."""
    names = ("strategy", "settings", "decode", "model", "tools")
    return tagged_hash("program", {name: body[name] for name in names})


def artifact_hash(signature_id: str, hashes: Mapping[str, str], catalog_version: int) -> str:
    """Of an artifact, over its `schema_hash`, `prompt_hash` and `program_hash`."""
    names = ("schema_hash", "prompt_hash", "program_hash")
    parts = {name: hashes[name] for name in names}
    return tagged_hash(
        "artifact", {"signature_id": signature_id, "catalog_version": catalog_version, **parts}
    )
