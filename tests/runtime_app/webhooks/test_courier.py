"""Notices are written with their events, and delivered: signed, again after a failure, to each."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.db.sql import Query
from runtime_app.egress.allowlist import NO_HOST
from runtime_app.egress.secret import Secret
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.events.notices import NOTICES
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner
from runtime_app.webhooks import deliveries, signature
from runtime_app.webhooks.courier import DELAYS_S, Courier, policy_of
from runtime_app.webhooks.deliveries import Delivery
from runtime_app.webhooks.endpoints import Endpoint, key_of, wanted
from tests.support.dispatcher import RecordingDispatcher
from tests.support.egress import names, watched, way_out
from tests.support.executors import executor
from tests.support.postgres import Session, session
from tests.support.receiver import Receiver, receiver
from tests.support.runs import cancel, fresh_run, post
from tests.support.sanitizer import SANITIZER

KEYS = [b"k" * 24, b"n" * 32]
SECRETS = tuple(Secret("whsec_" + base64.b64encode(key).decode()) for key in KEYS)


@pytest.fixture(scope="module")
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_yet(there: Receiver) -> None:
    there.got.clear()


@pytest.fixture
def owner(database_url: str) -> Iterator[Session]:
    with session(database_url) as owner:
        yield owner


class Noticing:
    """A database that writes notices for these endpoints, and the courier that delivers them."""

    def __init__(self, app_url: str, there: Receiver, paths: dict[str, str], **more: Any) -> None:
        self.endpoints = {
            name: Endpoint(name, there.url(path), frozenset(more.get("events", NOTICES)))
            for name, path in paths.items()
        }
        settings = DatabaseSettings(app_url, app_url)
        self.recorder = RecordingDispatcher()
        self.db = Database(settings, self.recorder, SANITIZER, wanted(self.endpoints))
        secrets = dict.fromkeys(self.endpoints, SECRETS)
        way = way_out(names(), allow=NO_HOST)
        clock = SystemClock()
        self.courier = Courier(
            self.db, way, clock, self.endpoints, secrets, policy=more.get("policy", there.policy)
        )

    def rows(self, **only: Any) -> list[Delivery]:
        """The deliveries, oldest first."""
        which = {"endpoint": None, "state": None, "run_id": None, **only}
        return sorted(deliveries.newest(self.db, 1000, **which), key=lambda each: each.seq)


@pytest.fixture
def noticing(app_url: str, there: Receiver) -> Iterator[Any]:
    made: list[Noticing] = []

    def make(paths: dict[str, str], **more: Any) -> Noticing:
        made.append(Noticing(app_url, there, paths, **more))
        return made[-1]

    yield make
    for each in made:
        each.db.close()


class _Undo(Exception):
    """Raised in a transaction, to have it rolled back."""


def turn(noticing: Noticing, **run: Any) -> str:
    """A run with one tool call, from its start to its end."""
    db = noticing.db
    run_id = fresh_run(db, model="scripted/call?tool=clock", metadata={"a": "hush"}, **run)
    post(db, run_id, "f1", "{}")
    with executor(db, noticing.recorder) as steps:
        assert steps.step(run_id) == "parked: tools"
        [task] = db.all(_TASKS, run_id=run_id)
        ToolRunner(db, Registry(), SystemClock(), "w").execute(task.tool_call_id)
        steps.step(run_id)
    return run_id


_TASKS = Query("t", "all", "select tool_call_id from runtime.tool_tasks where run_id = %(run_id)s")


def test_each_move_of_a_run_and_its_tool_is_told_signed_and_without_what_was_said(
    noticing: Any, there: Receiver
) -> None:
    one = noticing({"shop": "/ok"})
    run_id = turn(one)
    expected = [
        ("run.accepted", "accepted"),
        ("run.started", "running"),
        ("tool.called", "queued"),
        ("run.waiting", "waiting_tool"),
        ("tool.ended", "succeeded"),
        ("run.ended", "completed"),
    ]
    assert [(each.notice, each.status) for each in one.rows()] == expected
    assert one.courier.deliver(5) == len(expected)
    told = [json.loads(body) for _, _, body in there.got]
    assert [(each["type"], each["status"]) for each in told] == expected
    assert {each["run_id"] for each in told} == {run_id}
    assert [each["seq"] for each in told] == sorted(each["seq"] for each in told)
    base = {"id", "type", "run_id", "thread_id", "seq", "status", "time"}
    assert {frozenset(each) for each in told} == {
        frozenset(base),
        frozenset({*base, "tool_call_id"}),
    }
    for _, headers, body in there.got:
        at_s, delivery_id = int(headers["webhook-timestamp"]), headers["webhook-id"]
        again = signature.headers(delivery_id, at_s, body, KEYS)
        assert headers["webhook-signature"] == again["webhook-signature"]
        assert len(headers["webhook-signature"].split(" ")) == len(KEYS)
        assert json.loads(body)["id"] == delivery_id
    assert {each.state for each in one.rows()} == {"delivered"}
    [attempt] = deliveries.attempts_of(one.db, one.rows()[0].delivery_id)
    assert (attempt.attempt, attempt.http_status, attempt.error) == (1, 204, None)
    assert one.courier.deliver(5) == 0


def test_an_endpoint_gets_what_it_asks_for_each_under_an_id_of_its_own(
    noticing: Any, there: Receiver
) -> None:
    two = noticing({"a": "/ok-a", "b": "/ok-b"}, events=["run.canceling"])
    run_id = fresh_run(two.db)
    cancel(two.db, run_id)
    assert two.courier.deliver(5) == 2
    assert sorted(path for path, _, _ in there.got) == ["/ok-a", "/ok-b"]
    assert len({headers["webhook-id"] for _, headers, _ in there.got}) == 2


def test_what_is_undone_is_not_told_and_without_endpoints_nothing_is_written(
    noticing: Any, db: Database, owner: Session
) -> None:
    one = noticing({"shop": "/ok"})
    run_id = fresh_run(one.db)
    before = len(one.rows())
    with suppress(_Undo), one.db.transaction() as tx:
        log.append(tx, run_id, [NewEvent("run.cancel_requested", {})])
        raise _Undo
    assert len(one.rows()) == before
    cancel(db, fresh_run(db))
    assert len(one.rows()) == before
    assert not db.notices
    assert Courier(db, one.courier.egress, SystemClock(), {}, {}).deliver(5) == 0


def test_a_failure_is_tried_again_later_under_the_same_id_and_given_up_in_the_end(
    noticing: Any, there: Receiver, owner: Session
) -> None:
    one = noticing({"shop": "/no"}, events=["run.accepted"])
    fresh_run(one.db)
    for failure, delay_s in enumerate((*DELAYS_S, None), start=1):
        assert one.courier.deliver(5) == 1
        [found] = one.rows()
        assert found.attempts == failure
        if delay_s is None:
            break
        wait_s = owner.value(
            "select extract(epoch from due_at - now())::float8 from runtime.webhook_deliveries"
        )
        assert found.state == "pending"
        assert 0.7 * delay_s - 5 < wait_s < 1.3 * delay_s
        assert one.courier.deliver(5) == 0
        owner.run("update runtime.webhook_deliveries set due_at = now()")
    assert found.state == "dead"
    log = deliveries.attempts_of(one.db, found.delivery_id)
    assert [each.http_status for each in log] == [500] * (len(DELAYS_S) + 1)
    assert len({(headers["webhook-id"], body) for _, headers, body in there.got}) == 1
    with one.db.transaction() as tx:
        assert deliveries.send_again(tx, found.delivery_id)
    assert one.courier.deliver(5) == 1
    assert one.rows()[0].state == "pending"


@pytest.mark.parametrize(
    ("path", "state", "told"),
    [
        ("/gone", "dead", (410, None)),
        ("/away", "pending", (None, "redirects_exceeded")),
        ("/hang", "pending", (None, "timed_out")),
    ],
)
def test_other_answers(
    noticing: Any, there: Receiver, path: str, state: str, told: tuple[Any, Any]
) -> None:
    one = noticing({"shop": path}, events=["run.accepted"])
    fresh_run(one.db)
    assert one.courier.deliver(5) == 1
    [found] = one.rows()
    assert found.state == state
    [attempt] = deliveries.attempts_of(one.db, found.delivery_id)
    assert (attempt.http_status, attempt.error) == told
    assert [path for path, _, _ in there.got] == [path]


def test_an_address_that_is_not_public_is_not_connected_to(noticing: Any, there: Receiver) -> None:
    one = noticing({"shop": "/ok"}, events=["run.accepted"], policy=policy_of)
    fresh_run(one.db)
    with watched() as sent:
        assert one.courier.deliver(5) == 1
    [attempt] = deliveries.attempts_of(one.db, one.rows()[0].delivery_id)
    assert attempt.error in ("address_forbidden", "port_forbidden")
    assert there.got == []
    assert not any("api.example.com" in str(each) for each in sent.connects)


def test_one_endpoint_of_fifty_that_hangs_delays_none_of_the_others(
    noticing: Any, there: Receiver
) -> None:
    paths = {f"e{n}": "/hang" if n == 0 else "/ok" for n in range(50)}
    fifty = noticing(paths, events=["run.ended"])
    for _ in range(2):
        db = fifty.db
        run_id = fresh_run(db)
        cancel(db, run_id)
        with executor(db, fifty.recorder) as steps:
            assert steps.step(run_id) == "finished"
    assert fifty.courier.deliver(20) == 50 * 2
    assert [path for path, _, _ in there.got].count("/ok") == 98
    assert len(fifty.rows(state="delivered")) == 98
    hanging = fifty.rows(endpoint="e0")
    assert {each.state for each in hanging} == {"pending"}


def test_who_dies_in_the_middle_has_it_sent_again(
    noticing: Any, there: Receiver, owner: Session
) -> None:
    one = noticing({"shop": "/ok"}, events=["run.accepted"])
    fresh_run(one.db)
    [dead] = deliveries.claim(one.db, ["shop"], 30)
    assert deliveries.claim(one.db, ["shop"], 30) == []
    assert one.courier.deliver(5) == 0
    owner.run("update runtime.webhook_deliveries set claimed_until = now() - interval '1 s'")
    assert one.courier.deliver(5) == 1
    [found] = one.rows()
    assert (found.state, found.attempts) == ("delivered", 2)
    late = deliveries.Outcome("pending", 5, 1, None, "timed_out")
    deliveries.end(one.db, dead, late)
    assert one.rows() == [found]


def test_old_deliveries_go_with_their_attempts(noticing: Any, owner: Session) -> None:
    one = noticing({"shop": "/ok"}, events=["run.accepted"])
    fresh_run(one.db)
    fresh_run(one.db)
    one.courier.deliver(5)
    assert deliveries.prune(one.db, 3600) == 0
    owner.run(
        "update runtime.webhook_deliveries set created_at = now() - interval '2 h'"
        " where delivery_id = (select min(delivery_id) from runtime.webhook_deliveries)"
    )
    assert deliveries.prune(one.db, 3600) == 1
    assert len(one.rows()) == 1
    assert owner.value("select count(*) from runtime.webhook_attempts") == 1


def test_what_cannot_be_signed_is_not_sent(noticing: Any, there: Receiver) -> None:
    one = noticing({"shop": "/ok"})
    bare = Courier(one.db, one.courier.egress, SystemClock(), one.endpoints, {})
    with pytest.raises(ValueError, match="has no secret of shop"):
        bare.deliver(5)
    assert key_of(SECRETS[0].reveal()) == KEYS[0]
