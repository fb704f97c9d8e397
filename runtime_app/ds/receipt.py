"""What a prediction leaves: its receipt and its trace, pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime_app.canonical import canonical, sha256_hex
from runtime_app.clock import rfc3339
from runtime_app.ds.hashing import tagged_hash
from runtime_app.ds.policy import Ruling
from runtime_app.ds.selection import Selection

ENDED = ("succeeded", "denied", "failed", "canceled", "lost")
ERROR_CLASSES = (
    *("input_invalid", "artifact_incompatible", "strategy_unsupported", "policy_denied"),
    *("budget_exhausted", "provider_unavailable", "provider_timeout", "provider_error"),
    *("output_invalid", "iteration_budget_exceeded", "lost", "internal_error"),
)
#: What differs between two predictions of the same: ids, times, and what is computed from them.
_NOT_CONTENT = (
    *("receipt_id", "predict_id", "run_id", "thread_id", "owner", "timing", "trace_id"),
    *("request_id", "trace_ref", "trace_hash", "breaker_state"),
)


@dataclass(slots=True)
class Facts:
    """What is known of a prediction by the time it ends."""

    signature_id: str
    params_hash: str
    status: str = "failed"
    error_class: str | None = None
    message: str | None = None
    strategy_id: str | None = None
    compiled_id: str | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    selection: Selection = field(default_factory=lambda: Selection(None))
    ruling: Ruling | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    model: str = ""
    breaker_state: str | None = None
    output: Any = None
    latency_ms: int = 0
    trace: Mapping[str, Any] | None = None


def receipt_id(predict_id: str) -> str:
    """The one receipt of a prediction."""
    return f"pred_{sha256_hex(predict_id)[:24]}"


def receipt(facts: Facts, row: Any, times: Any, code_version: str) -> dict[str, Any]:
    """The receipt, with both of its hashes.

    Args:
        row: of the prediction; `times` of its end.
    """
    ruling = facts.ruling
    body: dict[str, Any] = {
        "receipt_id": receipt_id(row.predict_id),
        "predict_id": row.predict_id,
        "run_id": row.run_id,
        "thread_id": row.thread_id,
        "owner": row.owner,
        "signature_id": facts.signature_id,
        "strategy_id": facts.strategy_id,
        "compiled_id": facts.compiled_id,
        **{
            name: facts.hashes.get(name)
            for name in ("schema_hash", "prompt_hash", "program_hash", "artifact_hash")
        },
        "params_hash": facts.params_hash,
        "output_hash": None if facts.output is None else tagged_hash("output", facts.output),
        "status": facts.status,
        "error_class": facts.error_class,
        "spend": {
            "unit": "usd_micros",
            "reserved": 0,
            "spent": 0,
            "decision": None if ruling is None else ruling.decision,
            "reason_code": None if ruling is None else ruling.reason_code,
            "reasons_version": None if ruling is None else ruling.evaluated["reasons_version"],
            "evaluation_hash": None if ruling is None else ruling.evaluation_hash,
            "limits": dict(facts.limits),
        },
        "selection": facts.selection.facts(),
        "counters": dict(facts.counters),
        "provider": facts.model.partition("/")[0] or None,
        "model": facts.model or None,
        "breaker_state": facts.breaker_state,
        "timing": {
            "queued_at": rfc3339(times.queued_at),
            "started_at": None if times.started_at is None else rfc3339(times.started_at),
            "completed_at": rfc3339(times.ended_at),
            "latency_ms": facts.latency_ms,
        },
        "trace_hash": None if facts.trace is None else tagged_hash("trace", facts.trace),
        "trace_id": row.trace_id,
        "request_id": row.request_id,
        "code_version": code_version,
    }
    body["trace_ref"] = body["trace_hash"] and f"trace:{body['trace_hash']}"
    body["content_hash"] = content_hash(body)
    return {**body, "receipt_hash": tagged_hash("receipt", body)}


def content_hash(body: Mapping[str, Any]) -> str:
    """Of what the same prediction gives again."""
    left_out = (*_NOT_CONTENT, "content_hash", "receipt_hash")
    return tagged_hash("receipt", {k: v for k, v in body.items() if k not in left_out})


def first_difference(body_text: str, body: Mapping[str, Any]) -> str | None:
    """What of a stored receipt does not hold by itself, or None."""
    if canonical(body) != body_text:
        return "the text is not canonical"
    without = {name: value for name, value in body.items() if name != "receipt_hash"}
    if tagged_hash("receipt", without) != body["receipt_hash"]:
        return "receipt_hash"
    return None if content_hash(body) == body["content_hash"] else "content_hash"
