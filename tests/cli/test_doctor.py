"""`doctor`: one line for each thing that the runtime needs, with the remedy where it is missing.

Every check is made to fail by what it looks at.
"""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest

from runtime_app.db.revision import newest
from runtime_app.local import broker_programs
from runtime_app.local.ports import free_port
from runtime_app.local.probes import port_open
from tests.cli.conftest import LONG_KEY, Oa
from tests.cli.verdicts import CHECKS, OF_DATABASE, failure, verdicts
from tests.support.openai_server import OpenAIServer
from tests.support.stack import eventually


def test_everything_is_ok_on_a_stack_that_is_up(oa: Oa) -> None:
    out = oa.ok("doctor")
    assert verdicts(out) == dict.fromkeys(CHECKS, "ok")
    for line in (
        rf"schema +at {newest()}",
        r"settings +the local stack's; release \S+, model scripted/demo",
        r"database +Postgres \d\S+, as openagents_app, directly",
        r"timeouts +statement 10s, lock 3s, idle in transaction 15s",
        r"rights +those of oa_app",
        r"broker +Valkey [\d.]+, noeviction",
        r"provider +scripted: answers from a script, no provider is asked",
    ):
        assert re.search(f"^ok +{line}$", out, re.MULTILINE), line


def test_a_local_stack_is_looked_at_with_its_own_settings_and_not_the_shells(oa: Oa) -> None:
    shell = {"OA_DEFAULT_MODEL": "openai/gpt-9", "OA_LEASE_TTL_S": "1"}
    out = oa.ok("doctor", **shell, OPENAI_API_KEY="sk-of-the-shell")
    assert "model scripted/demo" in out
    assert "sk-of-the-shell" not in out


def test_settings_of_a_deployment_are_told_as_such(oa_alone: Oa, servers: dict[str, str]) -> None:
    out = oa_alone.ok("doctor", **servers)
    assert verdicts(out) == dict.fromkeys(CHECKS, "ok")
    assert "the environment's; release" in out


def test_as_json_each_check_says_the_same(oa: Oa, oa_alone: Oa, servers: dict[str, str]) -> None:
    told = json.loads(oa.ok("doctor", "--json"))
    assert told["ok"] is True
    assert [check["name"] for check in told["checks"]] == CHECKS
    assert all(check["ok"] is True and check["says"] for check in told["checks"])

    away = servers | {"DATABASE_URL": _nowhere("postgresql"), "OA_DATABASE_DIRECT_URL": ""}
    done = oa_alone("doctor", "--json", **away)
    found = {check["name"]: check["ok"] for check in json.loads(done.out)["checks"]}
    assert done.code == 1
    assert found["database"] is False
    assert {found[name] for name in OF_DATABASE} == {None}

    done = oa_alone("doctor", "--json", **servers, OA_CAP_STEPS="none")
    [bad] = json.loads(done.out)["checks"]
    assert (done.code, bad["name"], bad["ok"]) == (1, "settings", False)
    assert "OA_CAP_STEPS must be a whole number" in bad["says"]


def test_a_place_for_anchors_that_takes_no_file_fails_its_check(
    oa_alone: Oa, servers: dict[str, str]
) -> None:
    place = {"OA_ARTIFACTS_URL": "file:///proc/nobody/may"}
    assert "the artifact store cannot be used" in failure(oa_alone, "anchors", **servers | place)


def test_a_setting_out_of_bounds_is_named_with_its_bounds(
    oa_alone: Oa, servers: dict[str, str]
) -> None:
    done = oa_alone("doctor", **servers, OA_LEASE_TTL_S="1")
    assert done.code == 1
    assert "OA_LEASE_TTL_S must be seconds, from 2 to 600" in done.err


def test_all_bad_settings_are_named_together(oa_alone: Oa, servers: dict[str, str]) -> None:
    done = oa_alone("doctor", **servers, OA_CAP_STEPS="none", OA_DRAIN_S="soon")
    assert done.code == 1
    assert "OA_CAP_STEPS must be a whole number" in done.err
    assert "OA_DRAIN_S must be seconds" in done.err


def test_a_broken_key_ring_of_ones_own_is_refused_without_showing_the_secret(
    oa_alone: Oa, servers: dict[str, str]
) -> None:
    done = oa_alone("doctor", **servers | {"OA_SIGNING_KEYS": "main:tooshort"})
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


def _nowhere(scheme: str) -> str:
    return f"{scheme}://someone:hidden-word@127.0.0.1:1/0"


def test_servers_that_are_away_fail_their_checks_only(
    oa_alone: Oa, servers: dict[str, str]
) -> None:
    away = {
        "DATABASE_URL": _nowhere("postgresql"),
        "OA_DATABASE_DIRECT_URL": "",
        "OA_BROKER_URL": "redis://:hidden-word@127.0.0.1:1/0",
    }
    done = oa_alone("doctor", **servers | away)
    assert done.code == 1
    failed = dict.fromkeys(("database", "broker"), "FAIL") | dict.fromkeys(OF_DATABASE, "-")
    assert verdicts(done.out) == dict.fromkeys(CHECKS, "ok") | failed
    assert "not looked at: see database" in done.out
    assert "hidden-word" not in done.out + done.err


@pytest.fixture
def forgetful_broker() -> Iterator[str]:
    """The URL of a broker that drops what is oldest when its memory is full."""
    port = free_port()
    given = ("--port", str(port), "--save", "", "--maxmemory-policy", "allkeys-lru")
    broker = subprocess.Popen(
        [broker_programs.find(), "--bind", "127.0.0.1", *given], stdout=subprocess.DEVNULL
    )
    eventually(lambda: port_open(port), what="the broker listens")
    yield f"redis://127.0.0.1:{port}/0"
    broker.terminate()
    broker.wait()


def test_a_broker_that_drops_messages_fails(
    oa_alone: Oa, servers: dict[str, str], forgetful_broker: str
) -> None:
    line = failure(oa_alone, "broker", **servers | {"OA_BROKER_URL": forgetful_broker})
    assert "maxmemory-policy allkeys-lru" in line


def test_the_keys_are_shown_with_their_slots_and_scopes_and_a_remark_on_short_ones(
    oa_alone: Oa, servers: dict[str, str]
) -> None:
    keys = f"new:{LONG_KEY},old:{LONG_KEY[:20]},ops:{LONG_KEY}:ops:read+ops:act"
    out = oa_alone.ok("doctor", **servers | {"OA_SIGNING_KEYS": keys})
    assert "new (current), old (previous, 20 bytes; 32 are better: rotate it)" in out
    assert "ops (current, ops:act, ops:read)" in out
    assert LONG_KEY[:20] not in out


def test_a_ring_with_keys_that_a_rotation_has_forgotten_fails(
    oa_alone: Oa, servers: dict[str, str]
) -> None:
    keys = ",".join(f"k{n}:{LONG_KEY}{n}" for n in range(3))
    line = failure(oa_alone, "keys", **servers | {"OA_SIGNING_KEYS": keys})
    assert "more than two grant the same" in line
    assert LONG_KEY not in line


@pytest.mark.parametrize(
    ("folder", "says"), [("/proc", "0 MiB free"), ("/no/such/folder", "cannot be used")]
)
def test_a_folder_without_room_fails(
    oa_alone: Oa, servers: dict[str, str], folder: str, says: str
) -> None:
    line = failure(oa_alone, "disk", **servers, PROMETHEUS_MULTIPROC_DIR=folder)
    assert f"PROMETHEUS_MULTIPROC_DIR: {folder}" in line
    assert says in line


def _openai(base_url: str, key: str = "sk-hidden-word") -> dict[str, str]:
    return {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": key}


def test_a_provider_that_answers_is_ok(oa_alone: Oa, servers: dict[str, str]) -> None:
    with OpenAIServer() as provider:
        out = oa_alone.ok("doctor", **servers, **_openai(provider.base_url))
    assert f"{provider.base_url} answers" in out
    assert "hidden-word" not in out


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_provider_that_does_not_answer_fails(
    oa_alone: Oa, servers: dict[str, str], host: str
) -> None:
    line = failure(oa_alone, "provider", **servers, **_openai(f"http://{host}:{free_port()}/v1"))
    assert "does not answer" in line
    assert "OPENAI_BASE_URL" in line
    assert "hidden-word" not in line


@pytest.mark.parametrize("verb", [["migrate"], ["runs", "show", "x"], ["runs", "cancel", "x"]])
def test_a_command_that_needs_settings_says_which(oa_alone: Oa, verb: list[str]) -> None:
    done = oa_alone(*verb, *(["--reason", "a test"] if "cancel" in verb else []))
    assert (done.code, done.out) == (1, "")
    assert "DATABASE_URL is missing" in done.err
