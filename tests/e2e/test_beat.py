"""Periodic jobs run once a tick, whatever beat, the broker and workers do."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from beat_schedule import BEAT
from runtime_app.anchors.integrity import check
from runtime_app.anchors.places import Anchors
from runtime_app.artifacts.store import ArtifactStore
from runtime_app.audit import journal
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.dispatch.jobs import (
    AnchorRuns,
    Job,
    PruneNonces,
    SweepSlots,
    SweepWakeups,
    VerifySample,
)
from runtime_app.events.log import head as head_of
from runtime_app.security.key_ring import KeyRing
from tests.support.anchors import files_in
from tests.support.api import fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.messages import celery_of
from tests.support.postgres import Session, session, until_blocked
from tests.support.replayed import forged
from tests.support.roles import children_of, samples_of, second
from tests.support.runs import post, start
from tests.support.sanitizer import SANITIZER
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


@pytest.fixture
def db(stack: RunningStack) -> Iterator[Database]:
    """The stack's own database; nobody is told of what is written here."""
    url = stack.state["owner_database_url"]
    db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
    yield db
    db.close()


def bring(stack: RunningStack, owner: Session, job: type[Job]) -> None:
    """Send the job of this tick to its queue, as if nobody had brought it."""
    owner.run("delete from runtime.beat_jobs where job = %(job)s", job=job.kind)
    with celery_of(stack.state) as app:
        tick_s = BEATS[job].tick_s(time.time())
        app.send_task(job.kind, kwargs={"tick_s": tick_s}, queue=job.queue)


def test_a_worker_anchors_a_run_whose_anchor_was_never_made(
    stack: RunningStack, owner: Session, db: Database
):
    run_id = start(db, fresh()).run_id
    post(db, run_id, "hello")
    folder = Path(urlsplit(stack.state["artifacts_url"]).path)
    store = ArtifactStore(stack.state["artifacts_url"])
    anchors = Anchors(store, KeyRing.parse(stack.state["anchor_keys"]))
    made = "select seq from runtime.run_anchors where run_id = %(id)s"
    eventually(lambda: owner.rows(made, id=run_id), within_s=60, what="the anchor of its end")
    for file in files_in(folder):
        if run_id in file.read_text():
            file.unlink()
    owner.run("delete from runtime.run_anchors where run_id = %(id)s", id=run_id)
    owner.run(
        "update runtime.runs set terminal_at = terminal_at - interval '2 min'"
        " where run_id = %(id)s",
        id=run_id,
    )

    bring(stack, owner, AnchorRuns)
    found = eventually(lambda: anchors.newest(run_id), within_s=60, what="an anchor by the sweep")
    assert check(db, anchors, run_id).anchored_to == found.seq == head_of(db, run_id).closed_seq


def test_a_worker_reports_a_live_log_that_was_changed(
    stack: RunningStack, owner: Session, db: Database
):
    run_id = forged(start(db, fresh(), mode="session").run_id)
    post(db, run_id, "hello")
    status = "select status from runtime.runs where run_id = %(id)s"
    eventually(
        lambda: owner.value(status, id=run_id) == "waiting_input", within_s=60, what="its answer"
    )
    changed = "update runtime.run_events set payload = '{}' where run_id = %(id)s and seq = 2"
    assert owner.run(changed, id=run_id) == 1

    bring(stack, owner, VerifySample)
    told = "select payload from runtime.run_events where run_id = %(id)s and event_type = %(type)s"
    [(payload,)] = eventually(
        lambda: owner.rows(told, id=run_id, type="integrity.mismatch"),
        within_s=60,
        what="its event",
    )
    assert json.loads(payload)["seq"] == 2
    assert [act.target for act in journal.latest(db, act="integrity.mismatch")] == [run_id]
    series = ("oa_integrity_mismatches_total",)
    assert samples_of(stack.pid("worker-maintenance"))[series] >= 1
    eventually(lambda: owner.value(status, id=run_id) == "waiting_input", what="that it goes on")
