"""Predictions as rows: asked for, claimed, ended with exactly one receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical, stored_loads
from runtime_app.db import sql
from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.dispatch.jobs import Predict
from runtime_app.ds.catalog import signature
from runtime_app.ds.hashing import tagged_hash
from runtime_app.ds.receipt import Facts, receipt
from runtime_app.errors import Conflict, Forbidden
from runtime_app.events.event import Origin
from runtime_app.sanitizer import Sanitizer

SQL = sql.beside(__file__)
_PIECE_CHARS = 32 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """What a prediction came to."""

    status: str
    error_class: str | None
    output: Any
    receipt: Mapping[str, Any]
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody asks for."""

    predict_id: str
    signature_id: str
    params: Mapping[str, Any]


def ask(tx: Transaction, call: Call, owner: str, thread_id: str, origin: Origin) -> bool:
    """Ask for a prediction; whether it is new. Its params are what the sanitizer leaves of them.

    Raises:
        NotFound: there is no such signature.
        Forbidden: the id is another owner's.
        Conflict: the id has been used with other params.

    Effects:
        ds_predictions; the job `Predict` after commit.
    """
    found = signature(call.signature_id)
    params = _cleaned(tx.sanitizer, call.params, found.long_fields)
    params_hash = tagged_hash("params", params)
    row = tx.one(
        SQL["ask"],
        predict_id=call.predict_id,
        owner=owner,
        thread_id=thread_id,
        signature_id=call.signature_id,
        params=canonical(params),
        params_hash=params_hash,
        within_s=found.budget.deadline_s,
        request_id=origin.request_id,
        trace_id=origin.trace_id,
    )
    assert row is not None
    if row.owner != owner:
        raise Forbidden("the prediction belongs to another principal")
    same = (thread_id, call.signature_id, params_hash)
    if (row.thread_id, row.signature_id, row.params_hash) != same:
        raise Conflict("predict_id was used with another thread, signature or params")
    if row.new:
        tx.after_commit(Predict(call.predict_id))
    return bool(row.new)


def _cleaned(
    sanitizer: Sanitizer, params: Mapping[str, Any], long_fields: Sequence[str]
) -> Mapping[str, Any]:
    """Params without secrets; long texts piece by piece, for as one they would be dropped."""
    streamed = {
        name: _streamed(sanitizer, params[name])
        for name in long_fields
        if isinstance(params.get(name), str)
    }
    rest = {name: value for name, value in params.items() if name not in streamed}
    return {**sanitizer.value(rest), **streamed}


def _streamed(sanitizer: Sanitizer, text: str) -> str:
    scanner = sanitizer.stream()
    starts = range(0, len(text), _PIECE_CHARS)
    shown = [scanner.feed(text[start : start + _PIECE_CHARS]) for start in starts]
    return "".join([*shown, scanner.end()])


def ended(db: Database, predict_id: str) -> Ended | None:
    """What it came to, or None while it goes on."""
    row = db.one(SQL["ended"], predict_id=predict_id)
    if row is None:
        return None
    output = None if row.output is None else stored_loads(row.output)
    trace = {} if row.trace is None else stored_loads(row.trace)
    told = trace.get("message")
    return Ended(row.status, row.error_class, output, stored_loads(row.body), told)


def end(tx: Transaction, row: Any, facts: Facts, code_version: str) -> bool:
    """End a prediction; False where it has ended already, and nothing is written.

    Effects:
        ds_predictions, ds_predict_receipts, ds_traces.
    """
    output = None if facts.output is None else canonical(facts.output)
    times = tx.one(
        SQL["end_prediction"], predict_id=row.predict_id, state=facts.status, output=output
    )
    if times is None:
        return False
    body = receipt(facts, row, times, code_version)
    tx.tell(
        "prediction.ended",
        facts.latency_ms / 1000,
        status=facts.status,
        variant=facts.selection.variant,
    )
    if facts.trace is not None:
        tx.execute(SQL["keep_trace"], trace_hash=body["trace_hash"], body=canonical(facts.trace))
    names = ("receipt_id", "compiled_id", "content_hash", "receipt_hash", "trace_hash")
    tx.execute(
        SQL["add_receipt"],
        predict_id=row.predict_id,
        owner=row.owner,
        thread_id=row.thread_id,
        signature_id=facts.signature_id,
        variant=facts.selection.variant,
        status=facts.status,
        error_class=facts.error_class,
        body=canonical(body),
        evaluated=None if facts.ruling is None else canonical(facts.ruling.evaluated),
        **{name: body[name] for name in names},
    )
    return True


def receipts(
    tx: Transaction, owner: str, thread_id: str, after: str | None, limit: int
) -> list[Mapping[str, Any]]:
    """An owner's receipts of a thread, oldest first; those after the one with the id `after`."""
    found = tx.all(SQL["list_receipts"], owner=owner, thread_id=thread_id, after=after, limit=limit)
    return [stored_loads(row.body) for row in found]
