"""`smoke`: every step over HTTP, and the first that fails is named with its remedy."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from runtime_app.smoke import STEPS
from tests.cli.conftest import Done, Oa
from tests.support.api import Api
from tests.support.spoiler import Spoilt, spoiler

NAMES = [step.name for step in STEPS]
API = r"/internal/v1"
RUN = rf"{API}/runs/smoke-\w+"
LIVE = rf"GET {RUN}/stream\?(?!.*native).*cursor=0"


def replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda line: line.replace(old, new)


def until(words: bytes) -> Callable[[bytes], bytes | None]:
    return lambda line: None if words in line else line


#: step -> kinds of answers that break it: what is spoilt, and what is told of it.
BROKEN: tuple[tuple[str, str, Spoilt], ...] = (
    ("health", "GET /healthz is 503", Spoilt("GET /healthz", status=503)),
    ("health", "cannot be read", Spoilt("GET /readyz", status=200, body=b"<html>")),
    ("start", "503", Spoilt(f"POST {API}/runs", status=503)),
    (
        "start",
        "the run is failed",
        Spoilt(f"POST {API}/runs", line=replace(b"accepted", b"failed")),
    ),
    ("frame", "500 oops", Spoilt(f"POST {RUN}/frames", status=500, body=b"oops")),
    ("stream", "without [DONE]", Spoilt(LIVE, line=until(b"[DONE]"))),
    ("stream", "nothing came", Spoilt(LIVE, line=until(b"retry"))),
    (
        "stream",
        "event 7 is missing or comes twice",
        Spoilt(rf"GET {RUN}/stream\?.*native", line=replace(b"id: 7\n", b"id: 8\n")),
    ),
    ("tool", "the tool answered [{'value': 41}]", Spoilt(LIVE, line=replace(b":42", b":41"))),
    ("tool", "tool call did not come", Spoilt(LIVE, line=replace(b"tool-input-a", b"a"))),
    ("resume", "1 parts after", Spoilt(rf"GET {RUN}/stream.*", drop="last-event-id")),
    ("cancel", "409", Spoilt(f"POST {RUN}-cancel/cancel", status=409)),
    (
        "cancel",
        "ended by itself",
        Spoilt(rf"GET {RUN}-cancel/stream.*", line=replace(b'"abort"', b'"finish"')),
    ),
    (
        "integrity",
        "does not hold",
        Spoilt(rf"GET {RUN}/integrity.*", line=replace(b'verified":true', b'verified":false')),
    ),
)


def visit(oa: Oa, state: dict[str, Any], spoilt: Spoilt | None, *options: str) -> Done:
    with spoiler(state["base_url"], *([spoilt] if spoilt else [])) as url:
        return oa("smoke", "--url", url, *options, OA_SIGNING_KEYS=state["signing_keys"])


def test_a_service_that_works_passes_every_step(oa: Oa, stack_state: dict[str, Any]) -> None:
    done = visit(oa, stack_state, None)

    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    assert [line[:2] for line in lines] == [["ok", name] for name in NAMES]
    assert all(line[3] == "ms" for line in lines)


def test_it_is_the_guest_of_a_release_and_uses_the_local_stack_by_default(oa: Oa, api: Api) -> None:
    steps = [json.loads(line) for line in oa.ok("smoke", "--json", "--release", "r7").splitlines()]

    assert [(step["step"], step["ok"], step["remedy"]) for step in steps] == [
        (name, True, "") for name in NAMES
    ]
    assert sum(step["took_ms"] for step in steps) < 60_000
    run_id = steps[1]["found"].removeprefix("run ")
    guest = api.as_guest("smoke:r7")
    assert guest.snapshot(run_id, run_id)["status"] == "completed"
    assert guest.snapshot(f"{run_id}-cancel", f"{run_id}-cancel")["status"] == "canceled"


@pytest.mark.parametrize(
    ("step", "told", "spoilt"), BROKEN, ids=[f"{step}: {told}" for step, told, _ in BROKEN]
)
def test_a_step_that_breaks_is_named_with_its_remedy_and_is_the_last(
    oa: Oa, stack_state: dict[str, Any], step: str, told: str, spoilt: Spoilt
) -> None:
    done = visit(oa, stack_state, spoilt, "--json")

    steps = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 1
    assert [each["step"] for each in steps] == NAMES[: NAMES.index(step) + 1]
    assert [each["ok"] for each in steps] == [*[True] * (len(steps) - 1), False]
    assert told in steps[-1]["found"]
    assert steps[-1]["remedy"] == STEPS[len(steps) - 1].remedy


def test_every_step_is_broken_by_a_test() -> None:
    assert [step for step in NAMES if step not in {name for name, _, _ in BROKEN}] == []


def test_a_cancel_that_is_swallowed_is_noticed_when_the_time_is_up(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    taken = Spoilt(f"POST {RUN}-cancel/cancel", status=202, body=b'{"cancelRequested": true}')

    done = visit(oa, stack_state, taken, "--within-s", "15")

    *_, failed, _remedy = done.out.splitlines()
    assert done.code == 1
    assert failed.split()[:2] == ["FAIL", "cancel"]


def test_nobody_at_the_address_is_told_at_the_first_step(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    done = oa("smoke", "--url", "http://127.0.0.1:1", OA_SIGNING_KEYS=stack_state["signing_keys"])

    assert done.code == 1
    assert "FAIL  health" in done.out
    assert "no answer from http://127.0.0.1:1: " in done.out


def test_a_key_that_the_service_does_not_know_is_refused_at_the_start(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    keys = {"OA_SIGNING_KEYS": "other:0123456789abcdef"}
    done = oa("smoke", "--url", stack_state["base_url"], **keys)

    assert (done.code, len(done.out.splitlines())) == (1, 3)
    assert "401 unauthorized" in done.out
    assert "give the key that the web role believes" in done.out


def test_without_a_stack_or_a_key_it_says_what_to_give(oa_alone: Oa) -> None:
    stackless, keyless = oa_alone("smoke"), oa_alone("smoke", "--url", "http://127.0.0.1:1")

    assert (stackless.code, keyless.code) == (1, 1)
    assert "or give --url" in stackless.err
    assert "OA_SIGNING_KEYS: names no key" in keyless.err
