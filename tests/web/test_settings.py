"""What the edge's settings change: the binding, the key ring, the largest body."""

from collections.abc import Iterator
from typing import Any

import pytest

from runtime_app.security.key_ring import SigningKey
from tests.support.api import Api
from tests.web import routes
from tests.web.envelope import refused
from tests.web.signing import Look
from tests.web.solo import KEY, surroundings, web_process

GOING = SigningKey("going", b"the secret that is on its way out")


@pytest.fixture(scope="module")
def strict(stack_state: dict[str, Any]) -> Iterator[Api]:
    """A process that leaves the binding as production has it, knows two keys and small bodies."""
    ring = ",".join(f"{key.key_id}:{key.secret.decode()}" for key in (KEY, GOING))
    settings = surroundings(stack_state, OA_SIGNING_KEYS=ring, OA_MAX_BODY_BYTES="2000")
    with web_process(settings) as base_url:
        yield Api(base_url, KEY)


@pytest.fixture(scope="module")
def look(strict: Api) -> Look:
    return Look(strict, *routes.start(strict))


@pytest.mark.parametrize("claim", ["htm", "htp", "bsh"])
def test_the_binding_is_demanded_by_default(look: Look, claim: str) -> None:
    assert look.send().status_code == 200
    error = refused(look.send(look.token(**{claim: None})), 403, "forbidden")
    assert claim in error["message"]


def test_every_key_of_the_ring_is_believed(look: Look, strict: Api) -> None:
    going = Look(Api(strict.base_url, GOING), look.run_id, look.thread_id)
    assert going.send().status_code == 200
    for key_id in ("solo", "going"):
        named = {"X-OA-RUNTIME-KEY-ID": key_id}
        current, previous = look.send(headers=named), going.send(headers=named)
        passed, stopped = (current, previous) if key_id == "solo" else (previous, current)
        assert passed.status_code == 200
        refused(stopped, 401, "unauthorized")


def test_the_largest_body_is_a_setting(strict: Api) -> None:
    raw = b'{"thread_id": "t", "model": "scripted/echo", "metadata": {"a": "%s"}}'
    fits = raw % (b"x" * (2000 - len(raw) + 2))
    assert len(fits) == 2000
    assert strict.send("POST", "/runs", raw=fits, thread_id="t").status_code == 201
    over = strict.send("POST", "/runs", raw=fits + b" ", thread_id="t")
    refused(over, 413, "payload_too_large")
