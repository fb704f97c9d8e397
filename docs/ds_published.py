"""The shapes of what is stored and shown beside the signatures, as published documents."""

from collections.abc import Mapping
from typing import Any

from runtime_app.ds.receipt import ENDED, ERROR_CLASSES
from runtime_app.ds.shapes import DIALECT, Schema, choice, or_nothing, record, text, whole

_HASH = {"type": "string", "description": "Lower-case hex of a SHA-256.", "minLength": 64}
_HASH_OR_NOT = or_nothing(_HASH)
_ID = text("An id.", 300)
_ID_OR_NOT = or_nothing(_ID)
_WORD_OR_NOT = or_nothing(text("A word.", 200))


def _counts(description: str, *names: str) -> Schema:
    """Whole numbers under these names; those that nothing counted are left out."""
    schema = record(description, **{name: whole("How many.") for name in names})
    return {**schema, "required": []}


RECEIPT = record(
    "What a prediction came to: hashes and numbers, no content.",
    receipt_id=_ID,
    predict_id=_ID,
    run_id=_ID_OR_NOT,
    thread_id=_ID,
    owner=_ID,
    signature_id=_ID,
    strategy_id=_WORD_OR_NOT,
    compiled_id=_ID_OR_NOT,
    schema_hash=_HASH_OR_NOT,
    prompt_hash=_HASH_OR_NOT,
    program_hash=_HASH_OR_NOT,
    artifact_hash=_HASH_OR_NOT,
    params_hash=_HASH,
    output_hash=_HASH_OR_NOT,
    status=choice("How it ended.", *ENDED),
    error_class={
        "type": ["string", "null"],
        "description": "Why there is no output.",
        "enum": [*ERROR_CLASSES, None],
    },
    spend=record(
        "The ruling, and the money.",
        unit=choice("Of the money.", "usd_micros"),
        reserved=whole("What was held."),
        spent=whole("What it cost."),
        decision=_WORD_OR_NOT,
        reason_code=_WORD_OR_NOT,
        reasons_version=_WORD_OR_NOT,
        evaluation_hash=_HASH_OR_NOT,
        limits=_counts("The signature's.", "calls", "tokens", "amount_usd_micros", "deadline_s"),
    ),
    selection=record(
        "Which artifact was chosen, and by which facts.",
        pointer_version=whole("Of the pointer; 0: the catalogue's own."),
        variant=choice("Which of its two.", "primary", "canary"),
        canary_percent=whole("How many percent the canary had.", 100),
        bucket=or_nothing(whole("The caller's, 0 to 99.", 99)),
        seed=_WORD_OR_NOT,
        key_kind=_WORD_OR_NOT,
    ),
    counters=_counts(
        "What it took.",
        *("lm_calls", "repair_calls", "iterations", "context_queries"),
        *("input_tokens", "output_tokens"),
    ),
    provider=_WORD_OR_NOT,
    model=_WORD_OR_NOT,
    breaker_state=_WORD_OR_NOT,
    timing=record(
        "When; RFC 3339 by the database's clock.",
        queued_at=_ID,
        started_at=_ID_OR_NOT,
        completed_at=_ID,
        latency_ms=whole("From its beginning, by the worker's monotonic clock."),
    ),
    trace_hash=_HASH_OR_NOT,
    trace_ref=_ID_OR_NOT,
    trace_id=_ID_OR_NOT,
    request_id=_ID_OR_NOT,
    code_version=_ID,
    content_hash=_HASH,
    receipt_hash=_HASH,
)
_POINTER = record(
    "Which artifact is live for a signature, as its history keeps it.",
    signature_id=_ID,
    version=whole("Counts its changes; 0: nobody has changed it."),
    primary_id=_ID,
    canary_id=_ID_OR_NOT,
    canary_percent=whole("How many percent of the callers the canary has.", 100),
    rollout_seed=text("What the buckets depend on beside the caller.", 64),
    auto_advance={"type": "boolean", "description": "Whether the canary goes on by itself."},
    gate_receipts=whole("How many receipts a stage takes."),
    gate_minutes=whole("How many minutes a stage takes."),
)
PUBLISHED: Mapping[str, Mapping[str, Any]] = {
    name: {"$schema": DIALECT, "$id": f"urn:openagents:ds:{name}", "title": name, **schema}
    for name, schema in (("receipt.v1", RECEIPT), ("pointer.v1", _POINTER))
}
