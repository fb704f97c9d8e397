"""`runs replay`: no difference in what the product wrote, and each one by its name."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Done, Oa
from tests.support.api import Api, fresh
from tests.support.stack import PROJECT, environment

#: The command line of a release in which one rule of the core says something else.
CHANGED = """
import os
import sys
from dataclasses import replace
from runtime_app.cli import cli
from runtime_app.executor import decide as core
{then}
core.RULES = tuple(
    replace(rule, then=changed(rule.then)) if rule.name == {rule!r} else rule for rule in core.RULES
)
cli(sys.argv[1:], obj=dict(os.environ), prog_name="oa-runtime")
"""
NO_USAGE = """
def changed(then):
    def other(state, moment):
        action = then(state, moment)
        end = action.events[-1]
        return replace(action, events=(replace(end, payload={**end.payload, "usage": {}}),))
    return other
"""
ASKING = """
import socket
def changed(then):
    return lambda state, moment: socket.create_connection(("127.0.0.1", 9))
"""


@pytest.fixture(scope="module")
def run_id(api: Api) -> str:
    """A run with two tool calls in one step that was completed."""
    run_id = fresh()
    list(api.run_and_stream(run_id, fresh("t"), "go", model="scripted/tools?calls=2"))
    return run_id


@pytest.fixture(scope="module")
def exported(
    stack_state: dict[str, Any], run_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The file that `runs export` writes of it."""
    file = tmp_path_factory.mktemp("replay") / "run.jsonl"
    oa = Oa(Path(stack_state["home"]))
    oa.ok("runs", "export", run_id, "--output", str(file))
    return file


def facts(done: Done) -> dict[str, Any]:
    return json.loads(done.out)


def under(oa: Oa, rule: str, then: str, *words: str) -> Done:
    """One command of a release in which `then` has changed what the rule does."""
    done = subprocess.run(
        [sys.executable, "-c", CHANGED.format(rule=rule, then=then), *words],
        cwd=PROJECT,
        env=environment(oa.home, {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def test_a_recorded_run_has_no_difference(oa: Oa, api: Api, run_id: str):
    done = oa("runs", "replay", run_id, "--frozen")
    head = [line for line in oa.ok("runs", "show", run_id).splitlines() if "latest_seq" in line]
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("zero differences: ")
    assert done.out.rstrip().endswith(f"up to seq {head[0].split()[1]}")


def test_an_exported_run_is_replayed_without_any_stack(oa_alone: Oa, exported: Path, run_id: str):
    found = facts(oa_alone("runs", "replay", "--file", str(exported), "--frozen", "--json"))
    assert (found["run"], found["mode"], found["divergence"]) == (run_id, "frozen", None)
    assert found["decisions"] == 3


def test_the_first_event_that_somebody_else_wrote_is_named(
    oa_alone: Oa, exported: Path, tmp_path: Path
):
    other = tmp_path / "other.jsonl"
    lines = exported.read_text().splitlines(keepends=True)
    end = json.loads(lines[-1])
    end["payload"] = end["payload"].replace('"reason_class":"completed"', '"reason_class":"other"')
    other.write_text("".join([*lines[:-1], json.dumps(end) + "\n"]))
    done = oa_alone("runs", "replay", "--file", str(other), "--frozen")
    assert (done.code, done.out) == (
        1,
        f"diverges: seq {end['seq']}, payload.reason_class: recorded 'other', "
        "replayed 'completed'\n",
    )


def test_a_change_of_the_code_is_named_at_the_first_event_that_it_changes(oa: Oa, run_id: str):
    rule = "the last turn is answered"
    done = under(oa, rule, NO_USAGE, "runs", "replay", run_id, "--frozen", "--json")
    found = facts(done)["divergence"]
    assert done.code == 1
    assert found["field"].startswith("payload.usage")
    assert found["replayed"] == "(absent)"


def test_code_that_reaches_for_the_network_is_refused(oa: Oa, run_id: str):
    rule = "the turn wants a step"
    done = under(oa, rule, ASKING, "runs", "replay", run_id, "--frozen")
    assert done.code == 1
    assert "NetworkRefused: socket.getaddrinfo during a replay" in done.out


def test_a_live_replay_tells_what_the_settings_of_now_would_change(oa: Oa, run_id: str):
    settings = {"OA_CAP_STEPS": "1"}
    done = oa("runs", "replay", run_id, "--live", "--json", **settings)
    found = facts(done)
    assert done.code == 1
    assert [each["field"] for each in found["differences"]] == ["caps.steps", "decision", "end"]
    assert found["differences"][1]["replayed"] == "run.cap_exceeded, run.finished"
    assert (found["recorded_end"], found["replayed_end"]) == ("completed", "max_steps_exceeded")
    assert [(each["step"], each["attempt"]) for each in found["prompts"]] == [(1, 1)]

    same = oa("runs", "replay", run_id, "--live")
    assert same.code == 0, same.out
    assert same.out.startswith("0 differences up to seq ")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("no-such-run", "--frozen"), "there is no run 'no-such-run'"),
        (("no-such-run",), "Say --frozen or --live."),
        (("--frozen", "--file", "setup.cfg"), "line 1 is not JSON"),
        (("--frozen", "--file", "no.jsonl"), "No such file or directory: 'no.jsonl'"),
    ],
    ids=["unknown run", "no mode", "no export", "no file"],
)
def test_what_cannot_be_replayed_exits_with_2(oa: Oa, words: tuple[str, ...], why: str):
    done = oa("runs", "replay", *words)
    assert (done.code, done.out) == (2, "")
    assert why in done.err
