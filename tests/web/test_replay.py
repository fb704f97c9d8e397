"""A token is good once, whichever process it is shown to."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from runtime_app.security.key_ring import SigningKey
from tests.support.api import Api
from tests.web import routes
from tests.web.envelope import refused
from tests.web.signing import SIGNATURE, Look
from tests.web.solo import surroundings, web_process


@pytest.fixture(scope="module")
def look(api: Api) -> Look:
    return Look(api, *routes.start(api))


def test_a_token_is_good_once(look: Look) -> None:
    token = look.token()
    assert look.send(token).status_code == 200
    error = refused(look.send(token), 401, "unauthorized")
    assert "used before" in error["message"]


def test_of_two_at_the_same_instant_exactly_one_passes(look: Look) -> None:
    for _ in range(10):
        token = look.token()
        together = threading.Barrier(2)

        def show(token: str = token, together: threading.Barrier = together) -> int:
            together.wait(timeout=10)
            return look.send(token).status_code

        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(show) for _ in range(2)]
        assert sorted(answer.result() for answer in answers) == [200, 401]


def test_the_nonce_counts_whatever_else_the_token_says(look: Look) -> None:
    nonce = look.claims()["nonce"]
    assert look.send(look.token(nonce=nonce)).status_code == 200
    refused(look.send(look.token(nonce=nonce, exp=look.claims()["exp"] + 1)), 401, "unauthorized")


def test_a_token_whose_request_was_refused_is_used_up(api: Api) -> None:
    run_id, thread_id = routes.start(api)
    path = f"/runs/{run_id}/stream"
    token = api.token("GET", path, b"", {"run_id": run_id, "thread_id": thread_id})
    sent = {SIGNATURE: token}
    bad = api.send("GET", f"{path}?thread_id={thread_id}&cursor=99", headers=sent)
    refused(bad, 400, "invalid_request")
    good = api.send("GET", f"{path}?thread_id={thread_id}&cursor=0&tail_ms=1", headers=sent)
    refused(good, 401, "unauthorized")


def test_a_forged_token_uses_no_nonce_up(look: Look) -> None:
    token = look.token()
    refused(look.send(token[:-4] + "AAAA"), 401, "unauthorized")
    assert look.send(token).status_code == 200


def test_a_token_is_good_once_over_processes_and_restarts(
    look: Look, stack_state: dict[str, Any]
) -> None:
    keys = f"{look.api.key.key_id}:{look.api.key.secret.decode()}"
    settings = surroundings(stack_state, OA_SIGNING_KEYS=keys)
    token = look.token()
    with web_process(settings) as base_url:
        elsewhere = beside(look, base_url, look.api.key)
        assert elsewhere.send(token).status_code == 200
        refused(look.send(token), 401, "unauthorized")
    with web_process(settings) as base_url:
        refused(beside(look, base_url, look.api.key).send(token), 401, "unauthorized")


def beside(look: Look, base_url: str, key: SigningKey) -> Look:
    """The same look, at another process."""
    return Look(Api(base_url, key), look.run_id, look.thread_id)
