"""Declarative signatures: the catalogue for operators, predictions for users."""

import time
from typing import Any
from uuid import uuid4

from runtime_app.clock import rfc3339
from runtime_app.db.transaction import Transaction
from runtime_app.ds import pointers, predictions
from runtime_app.ds.catalog import SIGNATURES
from runtime_app.ds.facts import facts
from runtime_app.ds.predictions import Call, Ended
from runtime_app.ds.signature import Signature
from runtime_app.errors import Conflict, Detail, Forbidden, NotFound, Unprocessable
from runtime_app.runs import store
from web.api import Routes, refuses
from web.context import caller, origin, runtime
from web.policy import PREFIX, Names, policy
from web.schemas import ds as shapes

routes = Routes("ds", __name__, url_prefix=f"{PREFIX}/ds")

#: How often a request that waits looks again: at first, and at most.
_LOOK_S, _MOST_LOOK_S = 0.02, 0.25


@routes.get("/signatures")
@policy(Names.NOTHING, scope="ds:read")
@routes.response(200, shapes.Signatures, description="The catalogue.")
def signatures() -> Any:
    """All signatures: their schemas, how they are asked, their limits and hashes.

    What stands under an id never changes. Asks for the scope `ds:read`.
    """
    return {"signatures": [facts(each) for each in SIGNATURES.values()]}


@routes.get("/pointers")
@policy(Names.NOTHING, scope="ds:read")
@routes.response(200, shapes.Pointers, description="One for each signature.")
def show_pointers() -> Any:
    """Which artifacts are live, and how each pointer came to be as it is.

    Version 0 is the catalogue's own artifact. Asks for the scope `ds:read`.
    """
    with runtime().db.reading() as tx:
        return {"pointers": [_pointer(tx, each) for each in SIGNATURES.values()]}


@routes.post("/predict")
@policy(Names.THREAD_BODY)
@routes.arguments(shapes.Waiting, location="query")
@routes.arguments(shapes.Predict)
@refuses(Conflict, NotFound, Unprocessable)
@routes.response(200, shapes.Predicted, description="It has ended; a receipt says how.")
@routes.alt_response(202, schema=shapes.Predicting, description="It goes on; ask again.")
def predict(query: dict[str, Any], body: dict[str, Any]) -> Any:
    """Make one prediction.

    The answer comes when it has ended, or after `wait_ms`; then the same request again waits on.
    The same `predict_id` with the same content is the same prediction: one that has ended gives its
    stored output and receipt. Params that do not fit the input schema are 422, with the receipt's
    id in `details`.
    """
    service, who = runtime(), caller()
    call = Call(body.get("predict_id") or str(uuid4()), body["signature_id"], body["params"])
    owner = str(who.principal)
    with service.db.transaction() as tx:
        _own_thread(tx, who.thread_id, owner)
        predictions.ask(tx, call, owner, who.thread_id, origin())
    found = _wait(call.predict_id, query["wait_ms"] / 1000)
    if found is None:
        return {"predictId": call.predict_id, "status": "running"}, 202
    if found.error_class == "input_invalid":
        message = found.message or "the params do not fit the input schema"
        receipt_id = Detail("receipt_id", str(found.receipt["receipt_id"]))
        raise Unprocessable(message, [Detail("params", message), receipt_id])
    failed = {"errorClass": found.error_class, "message": found.message}
    return {
        "predictId": call.predict_id,
        "status": found.status,
        "output": found.output,
        "error": None if found.error_class is None else failed,
        "receipt": found.receipt,
    }, 200


def _wait(predict_id: str, within_s: float) -> Ended | None:
    service = runtime()
    until_s, pause_s = service.clock.monotonic() + within_s, _LOOK_S
    while True:
        found = predictions.ended(service.db, predict_id)
        left_s = until_s - service.clock.monotonic()
        if found is not None or left_s <= 0:
            return found
        time.sleep(min(pause_s, left_s))
        pause_s = min(_MOST_LOOK_S, pause_s * 1.5)


@routes.get("/receipts")
@policy(Names.THREAD_QUERY)
@routes.arguments(shapes.Receipts, location="query")
@routes.response(200, shapes.ReceiptPage, description="A page, oldest first.")
def receipts(query: dict[str, Any]) -> Any:
    """The receipts of the caller's predictions in a thread.

    They hold hashes, no content.
    """
    who = caller()
    owner = str(who.principal)
    with runtime().db.reading() as tx:
        _own_thread(tx, who.thread_id, owner)
        rows = predictions.receipts(tx, owner, who.thread_id, query.get("after"), query["limit"])
    return {"receipts": rows, "nextAfter": rows[-1]["receipt_id"] if rows else None}


def _own_thread(tx: Transaction, thread_id: str, owner: str) -> None:
    """Raises: Forbidden; one that is yet to come is anybody's."""
    if store.thread_owner(tx, thread_id) not in (None, owner):
        raise Forbidden("the thread belongs to another principal")


def _pointer(tx: Transaction, found: Signature) -> dict[str, Any]:
    """A pointer with its history."""
    present = pointers.pointer(tx, found)
    history = [
        {
            "version": each.version,
            "action": each.action,
            "actor": each.actor,
            "reason": each.reason,
            "primaryId": each.after["primary_id"],
            "standsFor": each.stands_for,
            "at": rfc3339(each.at),
        }
        for each in pointers.versions(tx, found)
    ]
    return {
        "signatureId": found.id,
        "version": present.version,
        "primaryId": present.primary_id,
        "canaryId": present.canary_id,
        "canaryPercent": present.canary_percent,
        "autoAdvance": present.auto_advance,
        "versions": history,
    }
