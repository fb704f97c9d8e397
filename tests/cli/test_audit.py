"""`audit show|verify|export`: what operators did, found, checked and copied."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cli.conftest import Oa
from tests.support.api import Api, fresh


@pytest.fixture
def canceled(oa: Oa, api: Api) -> tuple[str, str]:
    """A run that an operator of the test's own has cancelled, and that operator."""
    run_id, actor = fresh(), fresh("ada-")
    assert api.start(run_id, fresh("t"), model="scripted/echo").status_code == 201
    oa.ok("runs", "cancel", run_id, "--reason", "it hangs", OA_OPERATOR=actor)
    return run_id, actor


def shown(oa: Oa, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(oa.ok("audit", "show", "--json", *options))["acts"]
    return found


def test_an_act_is_shown_with_who_what_why_and_what_changed(
    oa: Oa, canceled: tuple[str, str]
) -> None:
    run_id, actor = canceled
    (act,) = shown(oa, "--actor", actor)
    assert (act["act"], act["target"], act["reason"]) == ("run.cancel", run_id, "it hangs")
    assert (act["role"], act["keyId"], act["outcome"]) == ("cli", None, "done")
    assert (act["before"], act["after"]) == ({"status": "accepted"}, {"status": "canceling"})
    line = oa.ok("audit", "show", "--actor", actor)
    assert f"{actor} (cli)  run.cancel {run_id}: it hangs" in line


def test_acts_are_found_by_key_and_time(oa: Oa, canceled: tuple[str, str]) -> None:
    _, actor = canceled
    oa.ok("token", "mint", "--user", "1", "--reason", "a test", OA_OPERATOR=actor)
    mine = ["--actor", actor]
    assert [act["act"] for act in shown(oa, *mine)] == ["token.mint", "run.cancel"]
    assert [act["act"] for act in shown(oa, *mine, "--key", "local")] == ["token.mint"]
    assert shown(oa, *mine, "--key", "unknown") == []
    assert len(shown(oa, *mine, "--since", "5m")) == 2
    newest = datetime.fromisoformat(shown(oa, *mine, "--limit", "1")[0]["at"])
    assert len(shown(oa, *mine, "--since", newest.isoformat())) == 1
    assert shown(oa, *mine, "--since", (newest + timedelta(seconds=1)).isoformat()) == []


def test_of_a_key_also_what_came_in_under_it_is_shown(oa: Oa, api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "hello", model="scripted/echo"))

    options = ["audit", "show", "--key", "local", "--since", "5m", "--limit", "1000"]
    used = json.loads(oa.ok(*options, "--json"))["used"]
    lines = oa.ok(*options).splitlines()

    assert sorted(
        {"run" if use["frameId"] is None else "frame" for use in used if use["runId"] == run_id}
    ) == ["frame", "run"]
    assert any(line.endswith(f"key local  run {run_id}") for line in lines)
    assert any(line.endswith(f"of run {run_id}") and "frame" in line for line in lines)
    assert json.loads(oa.ok("audit", "show", "--json"))["used"] == []


def test_a_time_that_is_none_is_refused(oa: Oa) -> None:
    done = oa("audit", "show", "--since", "yesterday-ish")
    assert done.code == 2
    assert "neither like 30m, 24h, 7d nor a date and time" in done.err


def test_verify_and_an_outsider_with_an_export_come_to_the_same_head(
    oa: Oa, canceled: tuple[str, str]
) -> None:
    _, actor = canceled
    exported = [json.loads(line) for line in oa.ok("audit", "export").splitlines()]
    assert actor in {act["actor"] for act in exported}
    assert exported[0]["prevHash"] == "0" * 64
    assert [act["seq"] for act in exported] == list(range(1, len(exported) + 1))
    for before, act in zip([{"rowHash": "0" * 64}, *exported], exported, strict=False):
        assert act["prevHash"] == before["rowHash"]
        assert act["rowHash"] == by_the_recipe(act)
    verdict = oa.ok("audit", "verify")
    # Others act meanwhile.
    assert verdict.startswith("chain verified: acts 1 to ")
    assert int(verdict.split()[5].rstrip(",")) >= len(exported)


def by_the_recipe(act: dict[str, Any]) -> str:
    """The hash of an exported act, as docs/INTEGRITY.md describes it."""

    def field(value: Any) -> bytes:
        if value is None:
            return b"\xff\xff\xff\xff"
        raw = value if isinstance(value, bytes) else str(value).encode()
        return len(raw).to_bytes(4, "big") + raw

    def canonical(value: Any) -> str | None:
        compact = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
        return None if value is None else json.dumps(value, **compact)

    epoch = datetime.fromisoformat("1970-01-01T00:00:00Z")
    at_us = (datetime.fromisoformat(act["at"]) - epoch) // timedelta(microseconds=1)
    fields = ["oa.audit.v1", act["seq"], at_us, act["actor"], act["role"], act["keyId"]]
    fields += [act["act"], act["target"], canonical(act["arguments"]), act["reason"]]
    fields += [canonical(act["before"]), canonical(act["after"]), act["outcome"]]
    fields += [act["requestId"], bytes.fromhex(act["prevHash"])]
    return hashlib.sha256(b"".join(map(field, fields))).hexdigest()
