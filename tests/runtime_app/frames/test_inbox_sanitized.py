"""A frame that holds a secret: stored without it, and still known when it comes again."""

import pytest

from runtime_app.canonical import sha256_hex
from runtime_app.db.database import Database
from runtime_app.errors import Conflict
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.frames.inbox import Accepted
from tests.support.postgres import Session
from tests.support.runs import LIMITS, ORIGIN, OWNER, THREAD, events_after, fresh_run
from tests.support.sanitizer import SANITIZER
from tests.support.secrets import planted

ONE, OTHER = planted()["model key"], planted()["model key"]


def send(db: Database, run_id: str, secret: str) -> Accepted:
    with db.transaction() as tx:
        frame = Frame("f1", "user_message", {"text": f"use {secret} please"})
        return inbox.accept(tx, run_id, THREAD, OWNER, frame, ORIGIN, LIMITS)


def test_the_event_holds_a_stand_in_and_the_row_who_made_it(db: Database, owner: Session):
    run_id = fresh_run(db)
    send(db, run_id, ONE)

    [event] = events_after(db, run_id, 1)
    text = event.payload["payload"]["text"]
    assert text == SANITIZER.text(f"use {ONE} please")
    assert text.startswith("use [redacted:")
    [(stamp, mac, plain)] = owner.rows(
        "select sanitized_by, request_mac, content_hash from runtime.frames"
    )
    assert (stamp, plain) == (SANITIZER.stamp, None)
    assert mac.startswith("t:")


def test_the_same_secret_again_is_a_replay_and_another_one_a_conflict(db: Database):
    run_id = fresh_run(db)
    send(db, run_id, ONE)

    assert send(db, run_id, ONE) == Accepted(2, replayed=True, at=2)
    with pytest.raises(Conflict, match="another type or payload"):
        send(db, run_id, OTHER)


def test_a_frame_of_the_release_before_is_still_known(db: Database, owner: Session):
    run_id = fresh_run(db)
    send(db, run_id, ONE)
    content = Frame("f1", "user_message", {"text": f"use {ONE} please"}).content
    owner.run(
        "update runtime.frames set request_mac = null, content_hash = %(hash)s",
        hash=sha256_hex(content),
    )

    assert send(db, run_id, ONE) == Accepted(2, replayed=True, at=2)
    with pytest.raises(Conflict):
        send(db, run_id, OTHER)


def test_the_release_before_can_still_store_its_frames(db: Database, owner: Session):
    run_id = fresh_run(db)
    owner.run(
        "insert into runtime.frames (run_id, frame_id, frame_type, content_hash, seq)"
        " values (%(run_id)s, 'f9', 'context', 'h', 2)",
        run_id=run_id,
    )
    assert owner.value("select content_hash from runtime.frames") == "h"
