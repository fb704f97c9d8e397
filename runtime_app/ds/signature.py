"""What a signature is made of, and the artifact that is its own way to ask."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from runtime_app.ds.hashing import artifact_hash, program_hash, prompt_hash, schema_hash
from runtime_app.ds.shapes import LONG, Schema

ID = re.compile(r"@[a-z0-9-]+(/[a-z0-9-]+)+/[A-Z][A-Za-z0-9]*\.v[1-9][0-9]*")
#: Of the catalogue as a whole: what is outside the signatures and changes what an artifact means.
CATALOG_VERSION = 1
#: Of the way in which instructions, demos and params become messages.
RENDER_VERSION = 1


@dataclass(frozen=True, slots=True)
class Budget:
    """What one prediction may use at most."""

    calls: int
    tokens: int
    amount_usd_micros: int
    deadline_s: int


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a model is asked; `settings` are its own."""

    id: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Signature:
    """One entry of the catalogue.

    Args:
        input_schema, output_schema: JSON Schema 2020-12, both of closed objects.
        instructions: what the model is told to do.
        max_output_tokens: an upper bound on each answer.
        model: the model that answers where nobody names one; empty: the deployment's.
        repairs: how often an answer that does not fit may be asked for again, 0 to 2.
        checks: names of the rules beside the schema that an answer has to keep.
    """

    id: str
    input_schema: Schema
    output_schema: Schema
    instructions: str
    strategy: Strategy
    budget: Budget
    max_output_tokens: int = 1_000
    model: str = ""
    repairs: int = 1
    checks: tuple[str, ...] = ()

    @property
    def long_fields(self) -> tuple[str, ...]:
        """The fields of the input that may be too long for a prompt."""
        properties = self.input_schema["properties"]
        return tuple(name for name, schema in properties.items() if schema.get(LONG))

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The body of the artifact that asks as the catalogue says."""
        return {
            "instructions": self.instructions,
            "demos": [],
            "render_version": RENDER_VERSION,
            "strategy": self.strategy.id,
            "settings": dict(self.strategy.settings),
            "decode": {"max_output_tokens": self.max_output_tokens},
            "model": self.model,
            "tools": [],
        }

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """The four hashes of that artifact."""
        return hashes_of(self, self.body)

    @property
    def compiled_id(self) -> str:
        """The id of that artifact."""
        return compiled_id(self.hashes["artifact_hash"])


def hashes_of(signature: Signature, body: Mapping[str, Any]) -> Mapping[str, str]:
    """The four hashes of an artifact with this body for this signature."""
    found = {
        "schema_hash": schema_hash(signature.input_schema, signature.output_schema),
        "prompt_hash": prompt_hash(body["instructions"], body["demos"], body["render_version"]),
        "program_hash": program_hash(body),
    }
    return {**found, "artifact_hash": artifact_hash(signature.id, found, CATALOG_VERSION)}


def compiled_id(of_hash: str) -> str:
    """The id of the artifact with this hash."""
    return f"art_{of_hash[:24]}"
