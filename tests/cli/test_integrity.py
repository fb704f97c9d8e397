"""`runs verify|export`: is it what it was, and may others see for themselves."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Oa, execute
from tests.support import faraway
from tests.support.api import Api, fresh
from tests.support.replayed import forged
from tests.support.stack import PROJECT, eventually

VERIFIER = PROJECT / "docs" / "verify" / "verify.py"


@pytest.fixture
def finished(oa: Oa, api: Api) -> tuple[str, str]:
    """A run that was answered and has been anchored at its end, and its thread."""
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "good morning", model="scripted/echo"))
    eventually(lambda: "anchored outside" in oa.ok("runs", "verify", run_id), what="its anchor")
    return run_id, thread_id


def test_verify_says_how_far_the_chain_holds_and_is_anchored(
    oa: Oa, api: Api, finished: tuple[str, str]
) -> None:
    run_id, thread_id = finished
    snapshot = api.snapshot(run_id, thread_id)
    latest = snapshot["latestSeq"]
    assert oa.ok("runs", "verify", run_id) == (
        f"chain verified: events 1 to {latest}, head {snapshot['chainHead']}\n"
        f"anchored outside the database: events 1 to {latest}\n"
    )


def test_verify_begins_where_it_is_told(oa: Oa, api: Api, finished: tuple[str, str]) -> None:
    run_id, thread_id = finished
    latest = api.snapshot(run_id, thread_id)["latestSeq"]
    assert f"events 3 to {latest}" in oa.ok("runs", "verify", run_id, "--from", "3")
    behind = oa.ok("runs", "verify", run_id, "--from", "checkpoint")
    assert f"events {latest + 1} to {latest}" in behind
    assert oa("runs", "verify", run_id, "--from", "0").code == 2
    assert oa("runs", "verify", run_id, "--from", str(latest + 9)).code == 3


def test_verify_names_the_event_that_was_tampered_with_and_exits_with_1(
    oa: Oa, finished: tuple[str, str], stack_state: dict[str, Any]
) -> None:
    run_id, _ = finished
    execute(
        stack_state["owner_database_url"],
        "update runtime.run_events set payload = '{}' where run_id = %s and seq = 4",
        forged(run_id),
    )
    done = oa("runs", "verify", run_id)
    assert (done.code, done.out) == (1, "")
    assert "broken at seq 4: payload differs from its payload_hash" in done.err

    execute(
        stack_state["owner_database_url"],
        "update runtime.run_events set payload = null where run_id = %s and seq = 2",
        run_id,
    )
    done = oa("runs", "verify", run_id)
    assert (done.code, done.out) == (1, "")
    assert "broken at seq 2: payload is gone, and that of frame.accepted is kept" in done.err


def test_what_nobody_can_say_exits_with_3(
    oa: Oa, oa_alone: Oa, finished: tuple[str, str], stack_state: dict[str, Any], tmp_path: Path
) -> None:
    run_id, _ = finished
    absent = oa("runs", "verify", "no-such-run")
    assert (absent.code, absent.out) == (3, "")
    assert "there is no run 'no-such-run'" in absent.err
    assert oa_alone("runs", "verify", run_id).code == 3

    theirs = {
        "DATABASE_URL": stack_state["database_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": stack_state["signing_keys"],
        "OA_SANITIZER_KEYS": stack_state["sanitizer_keys"],
    }
    assert "not anchored: no OA_" in oa_alone.ok("runs", "verify", run_id, **theirs)
    elsewhere = oa_alone(
        "runs",
        "verify",
        run_id,
        **theirs,
        OA_ARTIFACTS_URL=tmp_path.as_uri(),
        OA_ANCHOR_KEYS=stack_state["anchor_keys"],
    )
    assert elsewhere.code == 3
    assert elsewhere.out.startswith("chain verified")
    assert "which is not in the store" in elsewhere.err

    (tmp_path / "away").touch()
    away = oa_alone(
        "runs",
        "verify",
        run_id,
        **theirs,
        OA_ARTIFACTS_URL=f"faraway://{tmp_path}/kept",
        OA_ANCHOR_KEYS=stack_state["anchor_keys"],
        PYTHONPATH=faraway.installed(tmp_path),
    )
    assert (away.code, away.out.split(":")[0]) == (3, "chain verified")
    assert "the artifact store cannot be used" in away.err


def _verify(file: Path, *words: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(file), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_an_export_is_checked_by_an_outsider_with_the_file_alone(
    oa: Oa, api: Api, finished: tuple[str, str], stack_state: dict[str, Any], tmp_path: Path
) -> None:
    run_id, thread_id = finished
    snapshot = api.snapshot(run_id, thread_id)
    file = tmp_path / "run.jsonl"
    oa.ok("runs", "export", run_id, "--output", str(file))

    said = f"sound: {snapshot['latestSeq']} events, 1 anchors\n"
    assert _verify(file, "--head", snapshot["chainHead"]) == Done(0, said, "")
    assert _verify(file, "--key", stack_state["anchor_keys"]) == Done(0, said, "")
    assert oa.ok("runs", "export", run_id).encode() == file.read_bytes()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["kind"] for line in lines[:3]] == ["run", "anchor", "event"]
    assert [line["type"] for line in lines[2:]] == [
        event["type"] for event in api.events(run_id, thread_id)
    ]


def test_anchors_that_cannot_be_read_keep_an_export_from_being_written(
    oa: Oa, finished: tuple[str, str], stack_state: dict[str, Any], tmp_path: Path
) -> None:
    run_id, _ = finished
    theirs = {
        "DATABASE_URL": stack_state["database_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": stack_state["signing_keys"],
        "OA_SANITIZER_KEYS": stack_state["sanitizer_keys"],
        "OA_ARTIFACTS_URL": stack_state["artifacts_url"],
        "OA_ANCHOR_KEYS": "stranger:0123456789abcdef",
    }
    file = tmp_path / "run.jsonl"
    done = oa("runs", "export", run_id, "--output", str(file), **theirs)
    assert done.code == 3
    assert "which is not known here" in done.err
    assert not file.exists()
    oa.ok("runs", "export", run_id, "--output", str(file), "--without-anchors", **theirs)
    assert _verify(file).code == 0


def test_a_run_that_does_not_exist_cannot_be_exported(oa: Oa) -> None:
    done = oa("runs", "export", "no-such-run")
    assert (done.code, done.out) == (3, "")
