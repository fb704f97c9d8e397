"""`runs prune` on the shared stack, and what callers of the API see of it."""

import json
import re
from dataclasses import dataclass

import pytest

from tests.cli.conftest import Oa
from tests.support.api import Api, fresh

REASON = ("--reason", "a test of pruning")


@dataclass(frozen=True)
class Run:
    """A run that was answered."""

    run_id: str
    thread_id: str

    @property
    def names(self) -> tuple[str, str]:
        return self.run_id, self.thread_id


@pytest.fixture
def run(api: Api) -> Run:
    run = Run(fresh(), fresh("t"))
    list(api.run_and_stream(*run.names, "good morning", model="scripted/tokens?n=20"))
    return run


def payloads(api: Api, run: Run) -> dict[int, bool]:
    """Of each delta, by its seq, whether its payload is there."""
    events = api.events(*run.names)
    return {e["seq"]: e["payload"] is not None for e in events if e["type"] == "text.delta"}


def test_a_dry_run_says_what_would_go_and_touches_nothing(oa: Oa, api: Api, run: Run) -> None:
    deltas = payloads(api, run)
    said = oa.ok("runs", "prune", "--run", run.run_id, "--dry-run", *REASON)
    assert f"delta    {len(deltas)} payloads, " in said
    assert said.count("would be emptied") == 2
    assert payloads(api, run) == deltas
    assert all(deltas.values())


def test_a_pruned_run_is_whole_for_whoever_asks(oa: Oa, api: Api, run: Run) -> None:
    before = {event["seq"]: event for event in api.events(*run.names)}
    snapshot = api.snapshot(*run.names)
    last_delta = max(payloads(api, run))

    oa.ok("runs", "prune", "--run", run.run_id, *REASON)

    assert not any(payloads(api, run).values())
    for event in api.events(*run.names):
        kept = {name: value for name, value in event.items() if name != "payload"}
        assert kept.items() <= before[event["seq"]].items()
        assert event["payload"] in (None, before[event["seq"]]["payload"])
    assert api.snapshot(*run.names) == {**snapshot, "floorSeq": last_delta}
    verdict = api.get("/integrity", *run.names).json()
    assert (verdict["verified"], verdict["checkedTo"]) == (True, snapshot["latestSeq"])
    assert "chain verified" in oa.ok("runs", "verify", run.run_id)


def test_a_stream_from_before_the_floor_is_gone_and_one_from_behind_it_is_whole(
    oa: Oa, api: Api, run: Run
) -> None:
    last_delta = max(payloads(api, run))
    oa.ok("runs", "prune", "--run", run.run_id, *REASON)

    gone = api.get("/stream", *run.names, "&cursor=0")
    assert gone.status_code == 410
    assert gone.json()["error"]["details"][0] == {"field": "floorSeq", "message": str(last_delta)}
    behind = api.get("/stream", *run.names, f"&cursor={last_delta}")
    assert behind.status_code == 200
    assert behind.text.endswith("data: [DONE]\n\n")


def test_all_that_is_old_enough_is_asked_for_without_naming_it(oa: Oa, api: Api, run: Run) -> None:
    said = oa.ok("runs", "prune", "--dry-run", *REASON)
    assert re.search(r"^delta    \d+ payloads of \d+ runs, \d+ bytes, would be", said, re.MULTILINE)
    assert re.fullmatch(r"\d+ payloads emptied\n", oa.ok("runs", "prune", *REASON))
    assert all(payloads(api, run).values()), "this one is younger than that"


def test_a_live_run_and_one_that_is_not_there_are_refused(oa: Oa, api: Api) -> None:
    run_id = fresh()
    assert api.start(run_id, fresh("t"), model="scripted/echo").status_code == 201
    live = oa("runs", "prune", "--run", run_id, *REASON)
    absent = oa("runs", "prune", "--run", "no-such-run", *REASON)
    assert (live.code, absent.code) == (1, 1)
    assert "only ended runs are pruned" in live.err
    assert "there is no run 'no-such-run'" in absent.err


def test_the_act_says_what_was_asked_for(oa: Oa, run: Run) -> None:
    actor = fresh("op-")
    for options in ((), ("--dry-run",)):
        oa.ok("runs", "prune", "--run", run.run_id, *options, *REASON, OA_OPERATOR=actor)
    acts = json.loads(oa.ok("audit", "show", "--json", "--actor", actor))["acts"]
    assert [(act["arguments"]["dry_run"], act["outcome"]) for act in acts] == [
        (True, "unchanged"),
        (False, "done"),
    ]
    assert {act["target"] for act in acts} == {run.run_id}
