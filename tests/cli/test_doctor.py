"""`doctor`: one line for each thing that the runtime needs, with the remedy where it is missing."""

import re
from typing import Any

import pytest

from runtime_app.db.revision import newest
from tests.cli.conftest import Oa
from tests.support.sanitizer import KEYS

_CHECKS = ["settings", "database", "listen", "broker", "keys"]


def _verdicts(out: str) -> dict[str, str]:
    return {name: mark for mark, name in re.findall(r"^(ok|FAIL) +(\w+)", out, re.MULTILINE)}


def test_everything_is_ok_on_a_stack_that_is_up(oa: Oa) -> None:
    out = oa.ok("doctor")
    assert _verdicts(out) == dict.fromkeys(_CHECKS, "ok")
    assert f"schema at {newest()}" in out
    assert "scripted/demo" in out


def test_a_setting_out_of_bounds_is_named_with_its_bounds(oa: Oa) -> None:
    done = oa("doctor", OA_LEASE_TTL_S="1")
    assert done.code == 1
    assert "OA_LEASE_TTL_S must be seconds, from 2 to 600" in done.err


def test_all_bad_settings_are_named_together(oa: Oa) -> None:
    done = oa("doctor", OA_CAP_STEPS="none", OA_DRAIN_S="soon")
    assert done.code == 1
    assert "OA_CAP_STEPS must be a whole number" in done.err
    assert "OA_DRAIN_S must be seconds" in done.err


def test_a_broken_key_ring_of_ones_own_is_refused_without_showing_the_secret(
    stack_state: dict[str, Any], oa_alone: Oa
) -> None:
    done = oa_alone(
        "doctor",
        DATABASE_URL=stack_state["database_url"],
        OA_BROKER_URL=stack_state["broker_url"],
        OA_SIGNING_KEYS="main:tooshort",
        OA_SANITIZER_KEYS=KEYS,
    )
    assert done.code == 1
    assert "OA_SIGNING_KEYS" in done.err
    assert "'main' has fewer than 16 bytes" in done.err
    assert "tooshort" not in done.err


def test_without_a_stack_and_without_settings_it_names_what_is_missing(oa_alone: Oa) -> None:
    done = oa_alone("doctor")
    assert done.code == 1
    for name in ("DATABASE_URL", "OA_BROKER_URL", "OA_SIGNING_KEYS", "OA_SANITIZER_KEYS"):
        assert f"{name} is missing" in done.err
    assert "make run" in done.err


def test_servers_that_are_away_fail_their_checks_only(oa_alone: Oa) -> None:
    done = oa_alone(
        "doctor",
        DATABASE_URL="postgresql://someone:hidden-word@127.0.0.1:1/none",
        OA_BROKER_URL="redis://:hidden-word@127.0.0.1:1/0",
        OA_SIGNING_KEYS="main:0123456789abcdef",
        OA_SANITIZER_KEYS=KEYS,
    )
    assert done.code == 1
    away = dict.fromkeys(("database", "listen", "broker"), "FAIL")
    assert _verdicts(done.out) == {"settings": "ok", "keys": "ok", **away}
    assert "hidden-word" not in done.out + done.err


def test_the_keys_are_shown_with_their_slots_and_scopes_and_a_remark_on_short_ones(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    long = "0123456789abcdef" * 2
    keys = f"new:{long},old:{long[:20]},ops:{long}:ops:read+ops:act"
    out = oa("doctor", OA_SIGNING_KEYS=keys, **_servers(stack_state)).out
    assert "new (current), old (previous, 20 bytes; 32 are better: rotate it)" in out
    assert "ops (current, ops:act, ops:read)" in out
    assert long[:20] not in out


def _servers(stack_state: dict[str, Any]) -> dict[str, str]:
    return {
        "DATABASE_URL": stack_state["database_url"],
        "OA_DATABASE_DIRECT_URL": stack_state["direct_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SANITIZER_KEYS": KEYS,
    }


def test_a_schema_that_is_behind_fails_with_the_command_that_mends_it(
    oa: Oa, stack_state: dict[str, Any], empty_database_url: str
) -> None:
    servers = {
        "DATABASE_URL": empty_database_url,
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": "main:0123456789abcdef",
        "OA_SANITIZER_KEYS": KEYS,
        "OA_OPERATOR": "ada",
    }
    before = oa("doctor", **servers)
    assert (before.code, _verdicts(before.out)["database"]) == (1, "FAIL")
    assert "oa-runtime migrate" in before.out
    assert oa.ok("migrate", **servers) == f"schema went from nothing to {newest()}\n"
    assert _verdicts(oa.ok("doctor", **servers)) == dict.fromkeys(_CHECKS, "ok")
    assert oa.ok("migrate", **servers) == f"schema is at {newest()}, nothing to do\n"


@pytest.mark.parametrize("verb", [["migrate"], ["runs", "show", "x"], ["runs", "cancel", "x"]])
def test_a_command_that_needs_settings_says_which(oa_alone: Oa, verb: list[str]) -> None:
    done = oa_alone(*verb, *(["--reason", "a test"] if "cancel" in verb else []))
    assert (done.code, done.out) == (1, "")
    assert "DATABASE_URL is missing" in done.err
