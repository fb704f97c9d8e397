"""Whether a model may be asked for a prediction: pure, over a document that is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import stable_hash

REASONS_VERSION = "oa.reasons.v1"
#: Providers that are nobody outside: what they say costs nothing.
_FREE = frozenset({"scripted"})


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided about one document."""

    decision: str
    reason_code: str
    evaluated: Mapping[str, Any]

    @property
    def evaluation_hash(self) -> str:
        return stable_hash(self.evaluated)


def evaluated(signature_id: str, compiled_id: str, model: str, estimate: int) -> dict[str, Any]:
    """The document that a ruling is about; `estimate` is in tokens, of the first call."""
    return {
        "reasons_version": REASONS_VERSION,
        "signature_id": signature_id,
        "compiled_id": compiled_id,
        "model": model,
        "provider": model.partition("/")[0],
        "estimate_tokens": estimate,
        "unit": "usd_micros",
        "amount": 0 if model.partition("/")[0] in _FREE else None,
    }


def rule(document: Mapping[str, Any]) -> Ruling:
    """Fail closed: what has no price is not asked."""
    if not document["model"]:
        return Ruling("denied", "policy_denied.model_not_allowed", document)
    if document["amount"] is None:
        return Ruling("denied", "policy_denied.amount_unknown", document)
    return Ruling("allowed", "policy_allowed.default", document)
