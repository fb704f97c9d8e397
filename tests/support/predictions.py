"""Predictions made in the test's own process."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from docs.ds_published import PUBLISHED
from runtime_app.canonical import canonical
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.ds import looking, predictions
from runtime_app.ds.asking import Models
from runtime_app.ds.catalog import RECAP_THREAD
from runtime_app.ds.predict import Predictor
from runtime_app.ds.predictions import Call
from runtime_app.ds.signature import Signature
from runtime_app.events.event import Origin
from runtime_app.providers.provider import (
    Done,
    ModelProvider,
    ModelRequest,
    ModelStream,
    StreamEvent,
    TextDelta,
    Usage,
)
from runtime_app.providers.router import Providers
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.guard import Guard
from tests.support.api import fresh

RECAP: Mapping[str, Any] = {"thread_id": "t", "messages": [{"role": "user", "text": "Hello"}]}
OWNER = "user:42"


class Answers:
    """A provider that gives these answers in turn, and keeps what it was asked."""

    name = "scripted"

    def __init__(self, answer: Any) -> None:
        self.asked: list[ModelRequest] = []
        self._answer = answer

    def open(self, request: ModelRequest) -> ModelStream:
        self.asked.append(request)
        said = self._answer(request) if callable(self._answer) else self._answer.pop(0)
        return _Stream(said if isinstance(said, str) else canonical(said))


class _Stream:
    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[StreamEvent]:
        yield TextDelta(self._text)
        yield Usage(10, 5)
        yield Done("stop")

    def close(self) -> None:
        """There is nothing to end."""


def predictor(db: Database, provider: ModelProvider, model: str = "scripted/json") -> Predictor:
    clock = SystemClock()
    guard = Guard(Breakers(db, clock), BreakerPolicy(), {}, clock)
    return Predictor(db, Models(Providers({"scripted": provider}), guard, clock, model), "test")


def asked(db: Database, found: Signature, params: Mapping[str, Any], **more: str) -> str:
    predict_id = more.get("predict_id") or fresh("p")
    with db.transaction() as tx:
        predictions.ask(
            tx, Call(predict_id, found.id, params), more.get("owner", OWNER), "t", Origin()
        )
    return predict_id


def made(
    db: Database,
    provider: ModelProvider,
    found: Signature = RECAP_THREAD,
    params: Mapping[str, Any] = RECAP,
    model: str = "scripted/json",
    owner: str = OWNER,
    check: bool = True,
) -> predictions.Ended:
    predict_id = asked(db, found, params, owner=owner)
    status = predictor(db, provider, model).run(predict_id)
    ended = predictions.ended(db, predict_id)
    assert ended is not None
    assert ended.status == status
    if not check:
        return ended
    Draft202012Validator(dict(PUBLISHED["receipt.v1"])).validate(ended.receipt)
    stored = looking.find(db, ended.receipt["receipt_id"])
    assert stored is not None
    assert looking.difference(db, stored) is None
    return ended
