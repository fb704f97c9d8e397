"""The runbook "rotate the signing key", drilled: two web processes under steady requests."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.security.key_ring import KeyRing, SigningKey
from runtime_app.security.key_uses import uses_of
from tests.support.api import Api, fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.sanitizer import SANITIZER
from tests.support.stack import eventually
from tests.support.traffic import Service, Traffic
from tests.web.envelope import refused
from tests.web.solo import surroundings, web_process

PER_S = 100.0
CALLERS = 8
PROCESSES = 2


class Deployment:
    """The web processes of a service, replaced one after the other when the ring changes."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.service = Service()
        self._state = state
        self._running: dict[str, AbstractContextManager[str]] = {}

    def roll_out(self, *ring: SigningKey) -> None:
        """Each process gives way to one with this ring, which is in service before it leaves."""
        old = self.service.in_service
        for place in range(PROCESSES):
            self._start(ring)
            if place < len(old):
                self._stop(old[place])

    def stop(self) -> None:
        """Stop all."""
        for base_url in self.service.in_service:
            self._stop(base_url)

    def keys(self) -> list[list[str]]:
        """What /readyz of each process says of its keys."""
        return [
            requests.get(f"{base_url}/readyz", timeout=10).json()["keys"]
            for base_url in self.service.in_service
        ]

    def _start(self, ring: tuple[SigningKey, ...]) -> None:
        keys = ",".join(f"{key.key_id}:{key.secret.decode()}" for key in ring)
        process = web_process(surroundings(self._state, OA_SIGNING_KEYS=keys))
        base_url = process.__enter__()
        self._running[base_url] = process
        eventually(
            lambda: requests.get(f"{base_url}/readyz", timeout=10).ok, within_s=30, what="ready"
        )
        self.service.enter(base_url)

    def _stop(self, base_url: str) -> None:
        self.service.leave(base_url)
        self._running.pop(base_url).__exit__(None, None, None)


@pytest.fixture
def deployment(stack_state: dict[str, Any]) -> Iterator[Deployment]:
    made = Deployment(stack_state)
    yield made
    made.stop()


def _quiet(db: Database, key: SigningKey) -> bool:
    """Whether nothing has come in under the key for a second."""
    return not uses_of(db, key.key_id, datetime.now(UTC) - timedelta(seconds=1), 1)


def _made(name: str) -> SigningKey:
    return KeyRing.parse(f"{fresh(name)}:{secrets.token_urlsafe(32)}").keys[0]


def test_a_rotation_refuses_nobody(deployment: Deployment, stack_state: dict[str, Any]) -> None:
    old, new = _made("old"), _made("new")
    db = Database(
        DatabaseSettings(stack_state["database_url"], stack_state["direct_url"], pool_size=1),
        RecordingDispatcher(),
        SANITIZER,
    )
    deployment.roll_out(old)
    with Traffic(deployment.service, old, per_s=PER_S, callers=CALLERS) as traffic:

        def more() -> None:
            """Let the step stand for a while."""
            enough = len(traffic.answers) + 100
            eventually(lambda: len(traffic.answers) >= enough, within_s=60, what="100 requests")

        more()
        deployment.roll_out(new, old)
        assert deployment.keys() == [[new.key_id, old.key_id]] * PROCESSES
        more()
        for signer in (new, old, new):  # and back, and on again
            traffic.key = signer
            more()
        eventually(lambda: _quiet(db, old), within_s=30, what="nobody signs with the old key")
        deployment.roll_out(new)
        assert deployment.keys() == [[new.key_id]] * PROCESSES
        more()
        per_s = traffic.per_s

    bad = Counter((a.outcome, a.text) for a in traffic.answers if a.outcome not in (200, 201, 202))
    assert bad == {}, f"{bad} of {len(traffic.answers)}"
    signed = Counter(answer.key_id for answer in traffic.answers)
    assert min(signed[old.key_id], signed[new.key_id]) >= 100
    assert len(uses_of(db, new.key_id, datetime.now(UTC) - timedelta(minutes=10), 1000)) >= 10
    db.close()
    # As near to 100/s as a machine that runs other tests beside this one allows.
    assert per_s >= PER_S / 5, f"{per_s:.0f} requests/s are too few to tell anything"
    for base_url in deployment.service.in_service:
        refused(Api(base_url, old).start(fresh(), fresh("t")), 401, "unauthorized")


def test_a_key_that_is_taken_out_too_early_would_be_noticed(deployment: Deployment) -> None:
    """The drill can fail: the signers still use the old key."""
    old, new = _made("old"), _made("new")
    deployment.roll_out(new)
    with Traffic(deployment.service, old, per_s=PER_S, callers=2) as traffic:
        eventually(lambda: len(traffic.answers) >= 5, within_s=30, what="5 requests")
    assert {answer.outcome for answer in traffic.answers} == {401}
