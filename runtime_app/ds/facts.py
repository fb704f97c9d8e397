"""What is told of a signature, over HTTP, on the command line and in the published files."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from runtime_app.ds.shapes import DIALECT, Schema
from runtime_app.ds.signature import Signature


def facts(signature: Signature) -> Mapping[str, Any]:
    """All of it: schemas, the way it is asked, limits, hashes."""
    return {
        "signatureId": signature.id,
        "inputSchema": signature.input_schema,
        "outputSchema": signature.output_schema,
        "instructions": signature.instructions,
        "strategyId": signature.strategy.id,
        "strategySettings": dict(signature.strategy.settings),
        "decode": dict(signature.body["decode"]),
        "model": signature.model,
        "repairs": signature.repairs,
        "checks": list(signature.checks),
        "budget": asdict(signature.budget),
        "hashes": dict(signature.hashes),
        "compiledId": signature.compiled_id,
    }


def schema_files(signature: Signature) -> Mapping[str, Schema]:
    """The two schemas as documents of their own, by file name."""
    name = signature.id.rpartition("/")[2]
    both = {"input": signature.input_schema, "output": signature.output_schema}
    return {
        f"{name}.{side}.json": {
            "$schema": DIALECT,
            "$id": f"urn:openagents:ds:{name}:{side}",
            "title": f"{signature.id}, {side}",
            **schema,
        }
        for side, schema in both.items()
    }
