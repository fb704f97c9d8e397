"""`keys`: the ring without its secrets, a new key with the steps, and what one has done."""

import json
import re
from typing import Any

import pytest

from runtime_app.security.key_ring import SCOPES, KeyRing
from tests.cli.conftest import Oa
from tests.support.api import Api, fresh
from tests.support.sanitizer import KEYS

SECRET = "0123456789abcdef0123456789abcdef"


def _ring(stack_state: dict[str, Any], keys: str) -> dict[str, str]:
    return {
        "DATABASE_URL": stack_state["database_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": keys,
        "OA_SANITIZER_KEYS": KEYS,
    }


def test_list_shows_the_ring_of_the_local_stack_and_no_secret(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    out = oa.ok("keys", "list")
    assert re.fullmatch(r"local +current +43 bytes  \S+\n", out)
    assert set(out.split()[-1].split("+")) == SCOPES
    assert stack_state["signing_key"] not in out


def test_list_shows_slots_and_scopes_also_as_json(oa: Oa, stack_state: dict[str, Any]) -> None:
    keys = f"new:{SECRET},old:{SECRET[:16]},ops:{SECRET}:ops:act+ops:read"
    listed = json.loads(oa.ok("keys", "list", "--json", **_ring(stack_state, keys)))
    assert listed == {
        "keys": [
            {"keyId": "new", "slot": "current", "scopes": [], "secretBytes": 32},
            {"keyId": "old", "slot": "previous", "scopes": [], "secretBytes": 16},
            {"keyId": "ops", "slot": "current", "scopes": ["ops:act", "ops:read"],
             "secretBytes": 32},
        ]
    }  # fmt: skip


def _made(out: str) -> KeyRing:
    found = re.search(r"^new key: (\S+)$", out, re.MULTILINE)
    assert found is not None, out
    return KeyRing.parse(found[1])


def test_rotate_makes_a_key_of_32_random_bytes_and_says_what_to_do(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    keys = f"one:{SECRET},two:{SECRET}"
    outs = [oa.ok("keys", "rotate", **_ring(stack_state, keys)) for _ in range(2)]
    first, second = (_made(out).keys[0] for out in outs)
    assert first.secret != second.secret
    assert len(first.secret) == 43  # base64url of 32 bytes
    assert first.scopes == frozenset()
    assert first.key_id != second.key_id
    assert re.fullmatch(r"k\d{8}-[0-9a-f]{4}", first.key_id)
    assert f"the ids are then {first.key_id}, one, two." in outs[0]
    assert "Take one out of OA_SIGNING_KEYS" in outs[0]
    assert SECRET not in outs[0]


def test_the_key_of_operators_is_replaced_by_one_with_its_scopes(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    keys = f"one:{SECRET},ops:{SECRET}:ops:read+ds:read"
    out = oa.ok("keys", "rotate", "--replace", "ops", "--id", "ops-2", **_ring(stack_state, keys))
    made = _made(out).keys[0]
    assert (made.key_id, made.scopes) == ("ops-2", {"ops:read", "ds:read"})
    assert "the ids are then one, ops-2, ops." in out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--id", "one"], "the ring has a key 'one' already"),
        (["--id", "a b"], "--id: key 1 is not id:secret"),
        (["--replace", "three"], "the ring has no key 'three'; it has one"),
    ],
)
def test_rotate_refuses_what_cannot_work(
    oa: Oa, stack_state: dict[str, Any], words: list[str], complaint: str
) -> None:
    done = oa("keys", "rotate", *words, **_ring(stack_state, f"one:{SECRET}"))
    assert (done.code, done.out) == (1, "")
    assert complaint in done.err


def test_used_lists_the_runs_and_frames_of_a_key(oa: Oa, api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model="scripted/echo").status_code == 201
    assert api.frame(run_id, thread_id, "f1", type="context").status_code == 202
    lines = oa.ok("keys", "used", api.key.key_id, "--since", "10m").splitlines()
    ours = [line.split() for line in lines if run_id in line]
    assert [line[1:] for line in ours] == [["frame", run_id, "f1"], ["run", run_id, "-"]]
    found = oa.ok("keys", "used", api.key.key_id, "--limit", "1", "--json").splitlines()
    assert set(json.loads(found[0])) == {"at", "runId", "frameId"}
    assert len(found) == 1
    assert oa.ok("keys", "used", "nobody") == ""


def test_what_started_with_its_first_frame_is_listed_too(oa: Oa, api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "hello", model="scripted/echo"))
    lines = oa.ok("keys", "used", api.key.key_id, "--since", "1h").splitlines()
    assert {line.split()[1] for line in lines if run_id in line} == {"run", "frame"}


@pytest.mark.parametrize("since", ["24", "h", "a day", "-1h", "1w", "999999d"])
def test_used_wants_an_age(oa: Oa, since: str) -> None:
    done = oa("keys", "used", "local", "--since", since)
    assert done.code == 2
    assert "a number with m, h or d" in done.err
