"""A frozen replay finds nothing in a log that the core wrote, and everything that it did not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from runtime_app.events.catalog import CATALOG, READERS_ONLY
from runtime_app.events.event import Event
from runtime_app.executor import fallback, retries
from runtime_app.executor.moment import Hop
from runtime_app.providers.outcome import Outcome
from runtime_app.replay.difference import Difference
from runtime_app.replay.frozen import Verdict, replay
from runtime_app.replay.history import CLOCK_AHEAD, Kind, batches
from tests.runtime_app.executor.histories import any_runs, many
from tests.runtime_app.executor.simulated_run import (
    RUN_ID,
    Answer,
    Fault,
    Frame,
    Gone,
    Loss,
    SimulatedRun,
    Wait,
)

MESSAGE = Frame("user_message")
some = settings(many, max_examples=40)


def replayed(log: list[Event]) -> Verdict:
    return replay(RUN_ID, log)


def divergence(log: list[Event]) -> Difference:
    found = replayed(log).divergence
    assert found is not None
    return found


def busy_run() -> SimulatedRun:
    """A session with tools, a take-over, a failed call, a second turn and an end."""
    run = SimulatedRun("session")
    calling = Answer(calls=(True, False))
    run.happen(MESSAGE).settle([Gone(shown=True), calling, Fault(), Answer()])
    run.happen(Wait(600), MESSAGE).settle([Gone(dies=False), Answer((("reasoning", "hm"),))])
    return run.happen(Loss(), Frame("complete")).settle()


@some
@given(any_runs)
@example(busy_run())
def test_whatever_has_happened_to_a_run_its_log_replays_without_a_difference(run: SimulatedRun):
    whole = replayed(run.log)
    assert whole.divergence is None
    assert whole.to_seq == run.log[-1].seq
    assert replayed(run.settle().log).divergence is None


@some
@given(any_runs)
def test_a_pruned_log_replays_as_the_whole_one_does(run: SimulatedRun):
    run.settle()
    kept = [event for event in run.log if CATALOG[event.type].retention not in READERS_ONLY]
    assert replayed(kept).divergence is None
    assert replayed(kept).decisions == replayed(run.log).decisions


@some
@given(any_runs, st.data())
def test_an_open_run_replays_up_to_its_head(run: SimulatedRun, data: st.DataObject):
    """A head is the end of an append; in the middle of one nobody ever sees a log."""
    appends = list(batches(run.log))
    upto = data.draw(st.integers(1, len(appends)))
    seen = [event for batch in appends[:upto] for event in batch.events]
    assert replayed(seen) == Verdict(
        RUN_ID,
        seen[-1].seq,
        sum(batch.kind is Kind.DECISION for batch in appends[:upto]),
        None,
    )


@some
@given(any_runs, st.data())
@example(busy_run(), None)
def test_a_decision_that_is_not_the_cores_is_named_by_its_seq(
    run: SimulatedRun, data: st.DataObject | None
):
    decided = [e for b in batches(run.log) if b.kind is Kind.DECISION for e in b.events]
    assume(decided)
    for event in decided if data is None else [data.draw(st.sampled_from(decided))]:
        name = next(iter(event.payload))
        if name in ("code_version", "usage"):
            continue
        other = replace(event, payload={**event.payload, name: "another"})
        log = [other if each is event else each for each in run.log]
        found = divergence(log)
        assert (found.seq, found.field, found.recorded) == (event.seq, f"payload.{name}", "another")
        assert found.replayed == event.payload[name]


def test_a_log_without_one_of_its_decisions_diverges():
    """All but the last turn's end, which a session that is completed may go without."""
    appends = list(batches(busy_run().log))
    decisions = [n for n, batch in enumerate(appends) if batch.kind is Kind.DECISION]
    for gone in decisions[:-3]:
        log = [e for n, batch in enumerate(appends) if n != gone for e in batch.events]
        assert divergence(log).seq > appends[gone].events[-1].seq


def hopped_run() -> SimulatedRun:
    """A call that failed for good after its retries, and was made elsewhere."""
    run = SimulatedRun(hop=Hop("scripted/echo", "open", 7))
    return run.happen(MESSAGE).settle([Fault(), Fault(), Fault(), Answer()])


def test_a_hop_is_decided_again():
    log = hopped_run().log
    kinds = [b.kind for b in batches(log) if any(e.type == "provider.fallback" for e in b.events)]
    assert kinds == [Kind.DECISION]
    assert replayed(log).divergence is None


@pytest.mark.parametrize(
    ("room", "rule", "changed", "replayed_type"),
    [
        (retries, "MAX_RETRIES", 5, "model.call_started"),
        (fallback, "_STAYS", frozenset(Outcome), "run.finished"),
    ],
)
def test_a_changed_rule_about_hops_shows_at_the_hop(
    monkeypatch: pytest.MonkeyPatch, room: object, rule: str, changed: object, replayed_type: str
) -> None:
    log = hopped_run().log
    hop = next(e for e in log if e.type == "provider.fallback")
    monkeypatch.setattr(room, rule, changed)
    found = divergence(log)
    assert found == Difference(hop.seq - 1, "type", "policy.decision", replayed_type)


def test_a_hop_that_the_log_counts_otherwise_is_named():
    log = hopped_run().log
    hop = next(e for e in log if e.type == "provider.fallback")
    other = replace(hop, payload={**hop.payload, "hop": 2})
    found = divergence([other if each is hop else each for each in log])
    assert found == Difference(hop.seq, "payload.hop", 2, 1)


def test_what_follows_an_end_is_named():
    run = SimulatedRun().happen(MESSAGE).settle()
    late = replace(run.log[1], seq=run.log[-1].seq + 1, occurred_at=run.now + timedelta(seconds=1))
    found = divergence([*run.log, late])
    assert (found.seq, found.field, found.recorded) == (late.seq, "type", "frame.accepted")


def test_an_answer_that_nobody_has_asked_for_is_named():
    run = SimulatedRun().happen(MESSAGE).settle()
    started = next(n for n, event in enumerate(run.log) if event.type == "run.started")
    answer = next(n for n, event in enumerate(run.log) if event.type == "text.started")
    found = divergence([*run.log[:started], *run.log[answer:]])
    assert (found.field, found.replayed) == ("answer", "no model call is under way")


@pytest.mark.parametrize(
    ("event_type", "field"),
    [
        ("tool.call", "tool_call_id"),
        ("model.call_finished", "attempt"),
        ("step.finished", "step"),
        ("step.finished", "finish_reason"),
    ],
)
def test_what_the_core_adds_to_an_answer_is_compared(event_type: str, field: str):
    run = SimulatedRun().happen(MESSAGE).settle([Answer(calls=(True,))])
    event = next(each for each in run.log if each.type == event_type)
    other = replace(event, payload={**event.payload, field: "another"})
    found = divergence([other if each is event else each for each in run.log])
    assert (found.seq, found.field) == (event.seq, f"payload.{field}")


def test_what_the_core_raises_is_the_difference():
    run = SimulatedRun().happen(MESSAGE).settle()
    broken = replace(run.log[0], payload={**run.log[0].payload, "caps": None})
    found = divergence([broken, *run.log[1:]])
    assert (found.seq, found.field) == (1, "fold")
    assert found.replayed.startswith("AttributeError")


def ended_after(lead: timedelta) -> list[Event]:
    """A turn that says of itself how long it took, by a clock that is ahead of the database's."""
    log = SimulatedRun("session").happen(MESSAGE).settle().log
    ended = next(event for event in log if event.type == "turn.ended")
    usage = {**ended.payload["usage"], "wall_clock_s": int(lead.total_seconds())}
    later = replace(ended, payload={**ended.payload, "usage": usage})
    return [later if event is ended else event for event in log]


def test_the_moment_of_a_decision_is_the_one_that_it_names():
    """Its append comes later; and the clock of its worker may be a little ahead."""
    assert replayed(ended_after(CLOCK_AHEAD)).divergence is None
    found = divergence(ended_after(CLOCK_AHEAD + timedelta(seconds=2)))
    assert found.field == "payload.usage.wall_clock_s"


def test_an_end_in_one_append_with_its_answer_was_decided_before_that_append():
    """So a second may have gone by since the moment that its usage names."""
    log = SimulatedRun().happen(MESSAGE).settle().log
    end = log[-1]
    appends = list(batches(log))
    closing = appends[-2].events
    assert (appends[-2].kind, end.type) == (Kind.ANSWER, "run.finished")
    decided_s = end.payload["usage"]["wall_clock_s"]
    asked_at = appends[-3].at
    taken_at = asked_at + timedelta(seconds=decided_s + 1)
    joined = [replace(e, occurred_at=taken_at) if e in (*closing, end) else e for e in log]
    assert replayed(joined).divergence is None
    usage = {**end.payload["usage"], "wall_clock_s": decided_s + 9}
    joined[-1] = replace(joined[-1], payload={**end.payload, "usage": usage})
    assert divergence(joined).field == "payload.usage.wall_clock_s"


def test_a_defect_that_ended_a_run_is_taken_as_it_was_recorded():
    run = SimulatedRun().happen(MESSAGE)
    run.live([])
    payload = {
        "status": "failed",
        "reason_class": "internal_error",
        "reason": "the executor failed: KeyError",
        "finish_reason": "error",
        "usage": {},
    }
    end = Event(3, "run.finished", 1, payload, run.now + timedelta(seconds=1))
    assert replayed([*run.log, end]) == Verdict(RUN_ID, 3, 0, None)
