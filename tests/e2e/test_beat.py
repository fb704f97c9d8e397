"""Periodic jobs run once a tick, whatever beat, the broker and workers do."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from beat_schedule import BEAT
from runtime_app.dispatch.jobs import PruneNonces, SweepSlots, SweepWakeups
from tests.support.messages import celery_of
from tests.support.postgres import Session, session, until_blocked
from tests.support.roles import children_of, samples_of, second
from tests.support.stack import RunningStack, eventually, running_stack

BEATS = {beat.job: beat for beat in BEAT}
#: Every claim of a tick, written down by the database itself.
RECORD = """
create table public.claims (job text, tick_s bigint, at timestamptz default clock_timestamp());
create function public.record_claim() returns trigger language plpgsql security definer as $$
begin
  if tg_op = 'INSERT' or new.last_tick_s <> old.last_tick_s then
    insert into public.claims (job, tick_s) values (new.job, new.last_tick_s);
  end if;
  return new;
end $$;
create trigger record after insert or update on runtime.beat_jobs
  for each row execute function public.record_claim();
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    with running_stack() as running:
        yield running


@pytest.fixture(scope="module")
def owner(stack: RunningStack) -> Iterator[Session]:
    """Of the stack's own database; what is claimed from now on is recorded."""
    with session(stack.state["owner_database_url"]) as owner:
        owner.run(RECORD)
        yield owner


def ran(stack: RunningStack, kind: str, result: str) -> float:
    """How many ticks of a job ended like that."""
    series = ("oa_beat_runs_total", kind, result)
    return samples_of(stack.pid("worker-maintenance")).get(series, 0)


def claims(owner: Session, kind: str) -> list[int]:
    found = owner.rows("select tick_s from public.claims where job = %(job)s", job=kind)
    return [tick_s for (tick_s,) in found]


def test_every_job_has_run_soon_after_the_start(stack: RunningStack, owner: Session):
    def all_done() -> bool:
        done = owner.rows("select job from runtime.beat_jobs where succeeded_at is not null")
        return {job for (job,) in done} == {beat.job.kind for beat in BEAT}

    eventually(all_done, within_s=30, what="a success of every job")


def test_beat_keeps_no_file(stack: RunningStack, owner: Session):
    assert owner.value("select count(*) from runtime.beat_jobs") == len(BEAT)
    assert list(stack.home.glob("beat*")) == []


def test_two_beats_make_no_job_run_twice(stack: RunningStack, owner: Session, tmp_path: Path):
    kind = SweepWakeups.kind
    taken = ran(stack, kind, "taken")
    with second(stack, "beat", tmp_path):
        eventually(lambda: ran(stack, kind, "taken") >= taken + 3, within_s=40, what="doubles")
        eventually(lambda: len(claims(owner, kind)) >= 3, within_s=40, what="ticks")

    for beat in BEAT:
        ticks = claims(owner, beat.job.kind)
        assert len(ticks) == len(set(ticks)), beat.name
        assert ticks == sorted(ticks), beat.name


def test_a_doubled_message_and_a_late_one_find_their_tick_taken(
    stack: RunningStack, owner: Session
):
    kind, queue = PruneNonces.kind, PruneNonces.queue
    # The next tick: beat's message of this minute cannot be in the way.
    next_s = BEATS[PruneNonces].tick_s(time.time()) + 60
    taken, done = ran(stack, kind, "taken"), ran(stack, kind, "succeeded")
    with celery_of(stack.state) as app:
        for tick_s in (next_s, next_s, next_s - 3600, next_s):
            app.send_task(kind, kwargs={"tick_s": tick_s}, queue=queue)
        eventually(lambda: ran(stack, kind, "taken") >= taken + 3, within_s=30, what="three taken")

    assert claims(owner, kind).count(next_s) == 1
    assert next_s - 3600 not in claims(owner, kind)
    assert ran(stack, kind, "succeeded") >= done + 1


def test_a_worker_that_is_killed_in_the_middle_holds_the_job_up_for_a_while_only(
    stack: RunningStack, owner: Session
):
    kind = SweepSlots.kind
    with session(stack.state["owner_database_url"], autocommit=False) as other:
        other.run("lock table runtime.slot_line in access exclusive mode")
        until_blocked(owner)
        children = children_of(stack.pid("worker-maintenance"))  # one of them is at it
        until = owner.value(
            "select running_until from runtime.beat_jobs where job = %(job)s", job=kind
        )
        for child in children:
            os.kill(child, signal.SIGKILL)
    assert until is not None

    eventually(lambda: ran(stack, kind, "busy") >= 1, within_s=40, what="a tick that is missed")
    eventually(
        lambda: owner.value(
            "select succeeded_at > %(until)s from runtime.beat_jobs where job = %(job)s",
            until=until,
            job=kind,
        ),
        within_s=60,
        what="a success after the dead worker's time",
    )
    assert (
        owner.value(
            "select count(*) from public.claims where job = %(job)s"
            " and at between %(until)s - interval '9.9 s' and %(until)s",
            job=kind,
            until=until,
        )
        == 0
    )
