"""A log against its newest anchor: what a rewritten chain hides, an anchor shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime_app.anchors.anchoring import anchor_run
from runtime_app.anchors.integrity import check, start_of
from runtime_app.anchors.places import Anchors
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.errors import InvalidRequest
from runtime_app.events.integrity import verify
from runtime_app.observability import telemetry
from tests.support.anchors import anchors_in, files_in, relink, rewrite_chain
from tests.support.postgres import Session
from tests.support.runs import append, delta, ended_run, fresh_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "anchors"


@pytest.fixture
def anchors(folder: Path) -> Anchors:
    return anchors_in(folder)


@pytest.fixture
def run_id(db: Database, anchors: Anchors) -> str:
    """A run of nine events that was anchored at its fifth."""
    run_id = fresh_run(db)
    append(db, run_id, *[delta(str(n)) for n in range(2, 6)])
    assert anchor_run(db, anchors, run_id, SystemClock()) == "anchored"
    append(db, run_id, *[delta(str(n)) for n in range(6, 10)])
    return run_id


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What is told of integrity: name and result."""
    heard: list[tuple[str, str]] = []

    def hear(name: str, _value: float, labels: object) -> None:
        if name.startswith("integrity."):
            heard.append((name, dict(labels).get("result", "")))  # type: ignore[call-overload]

    telemetry.subscribe(hear)
    yield heard
    telemetry.unsubscribe(hear)


def test_a_log_that_nobody_touched_is_sound_and_anchored(
    db: Database, anchors: Anchors, run_id: str, told: list[tuple[str, str]]
):
    finding = check(db, anchors, run_id)
    assert (finding.result, finding.anchored_to, finding.doubt) == ("sound", 5, "")
    assert (finding.verdict.checked_from, finding.verdict.checked_to) == (1, 9)
    assert told == [("integrity.checked", "sound")]


def test_a_chain_that_was_rewritten_as_a_whole_is_seen(
    db: Database,
    anchors: Anchors,
    owner: Session,
    run_id: str,
    told: list[tuple[str, str]],
):
    rewrite_chain(owner, run_id, 3, '{"delta":"forged","part_id":"p1.1.0"}')
    assert verify(db, run_id).broken is None

    broken = check(db, anchors, run_id).verdict.broken
    assert broken is not None
    assert (broken.seq, broken.reason) == (5, "event_hash differs from what a signed anchor says")
    assert told == [("integrity.checked", "broken"), ("integrity.mismatch", "")]


def test_a_tail_that_was_cut_off_with_its_head_is_seen(
    db: Database, anchors: Anchors, owner: Session, run_id: str
):
    owner.run("delete from runtime.run_events where run_id = %(id)s and seq > 3", id=run_id)
    relink(owner, run_id)
    assert verify(db, run_id).broken is None

    for start in (1, "checkpoint"):
        broken = check(db, anchors, run_id, start_of(str(start))).verdict.broken
        assert broken is not None
        assert broken.seq == 4
        assert "a signed anchor knows event 5" in broken.reason


def test_a_change_behind_the_anchor_is_seen_from_the_checkpoint(
    db: Database, anchors: Anchors, owner: Session, run_id: str
):
    assert check(db, anchors, run_id, "checkpoint").verdict.checked_from == 6
    rewrite_chain(owner, run_id, 2, '{"delta":"forged","part_id":"p1.1.0"}')
    broken = check(db, anchors, run_id, "checkpoint").verdict.broken
    assert broken is not None
    assert (broken.seq, broken.reason) == (6, "prev_hash is not the hash of the event before")


def test_from_a_seq_only_what_follows_is_looked_at(
    db: Database, anchors: Anchors, owner: Session, run_id: str
):
    owner.run(
        "update runtime.run_events set payload = '{}' where run_id = %(id)s and seq = 3", id=run_id
    )
    assert check(db, anchors, run_id, 3).result == "broken"
    finding = check(db, anchors, run_id, 4)
    assert (finding.result, finding.verdict.checked_from) == ("sound", 4)
    with pytest.raises(InvalidRequest, match="no event before"):
        check(db, anchors, run_id, 11)


def test_without_anchors_only_the_chain_is_looked_at(db: Database, run_id: str):
    finding = check(db, None, run_id)
    assert (finding.result, finding.anchored_to) == ("sound", None)
    assert anchor_run(db, None, run_id, SystemClock()) == "off"


def test_an_anchor_that_is_gone_leaves_a_doubt(
    db: Database, anchors: Anchors, folder: Path, run_id: str
):
    [file] = files_in(folder)
    file.unlink()
    finding = check(db, anchors, run_id)
    assert (finding.result, finding.anchored_to) == ("unknown", None)
    assert "event 5 was anchored as" in finding.doubt
    assert anchor_run(db, anchors, run_id, SystemClock()) == "unknown"


def test_an_anchor_that_was_changed_leaves_a_doubt(
    db: Database, anchors: Anchors, folder: Path, run_id: str
):
    [file] = files_in(folder)
    file.write_bytes(file.read_bytes().replace(b'"seq":5', b'"seq":6'))
    assert "is not what was written" in check(db, anchors, run_id).doubt


def test_a_key_that_is_not_known_leaves_a_doubt_and_one_that_went_out_does_not(
    db: Database, anchors: Anchors, folder: Path, run_id: str
):
    other = "other:00000000000000000000000000000000"
    stranger = anchors_in(folder, other)
    assert "is signed by key 'test', which is not known here" in check(db, stranger, run_id).doubt
    rotated = anchors_in(folder, f"{other},test:0123456789abcdef0123456789abcdef")
    assert check(db, rotated, run_id).anchored_to == 5


def test_an_anchor_under_another_secret_leaves_a_doubt(
    db: Database, anchors: Anchors, folder: Path, run_id: str
):
    """Whoever can write to the store, but has no key, cannot make an anchor."""
    anchors_in(folder, "test:ffffffffffffffffffffffffffffffff").write(
        run_id, 9, bytes(32), SystemClock().now()
    )
    assert "is not signed by key 'test'" in check(db, anchors, run_id).doubt


def test_an_anchor_of_another_run_leaves_a_doubt(
    db: Database, anchors: Anchors, folder: Path, run_id: str
):
    other = ended_run(db)
    anchor_run(db, anchors, other, SystemClock())
    [own] = [file for file in files_in(folder) if f'"{run_id}"' in file.read_text()]
    [foreign] = [file for file in files_in(folder) if f'"{other}"' in file.read_text()]
    (own.parent / foreign.name).write_bytes(foreign.read_bytes())
    own.unlink()
    assert "is an anchor of something else" in check(db, anchors, run_id).doubt


def test_a_store_that_is_away_leaves_a_doubt(db: Database, run_id: str):
    away = anchors_in(Path("/proc/nobody"))
    finding = check(db, away, run_id)
    assert finding.result == "unknown"


def test_a_head_is_anchored_once_and_again_when_the_log_has_grown(
    db: Database, anchors: Anchors, folder: Path, owner: Session, run_id: str
):
    assert anchor_run(db, anchors, run_id, SystemClock()) == "anchored"
    assert anchor_run(db, anchors, run_id, SystemClock()) == "unchanged"
    assert len(files_in(folder)) == 2
    rows = owner.rows(
        "select a.seq, a.chain_head = e.event_hash, a.key_id from runtime.run_anchors a"
        " join runtime.run_events e using (run_id, seq) where run_id = %(id)s order by seq",
        id=run_id,
    )
    assert rows == [(5, True, "test"), (9, True, "test")]
    assert [each.seq for each in anchors.all(run_id)] == [5, 9]


def test_what_does_not_hold_is_not_anchored(
    db: Database, anchors: Anchors, folder: Path, owner: Session, run_id: str
):
    owner.run(
        "update runtime.run_events set payload = '{}' where run_id = %(id)s and seq = 7", id=run_id
    )
    assert anchor_run(db, anchors, run_id, SystemClock()) == "broken"
    assert len(files_in(folder)) == 1
