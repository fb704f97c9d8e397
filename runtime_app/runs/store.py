"""Runs as rows."""

import json
from dataclasses import asdict
from typing import Any

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.runs.caps import Caps
from runtime_app.runs.run import Run, RunRequest
from runtime_app.security.principal import Principal

_SQL = beside(__file__)


def insert(
    tx: Transaction,
    run_id: str,
    request: RunRequest,
    owner: Principal,
    *,
    model: str,
    caps: Caps,
    code_version: str,
    key_id: str | None,
) -> bool:
    """Store a new run with its head; False when the id is taken, and nothing has changed.

    Raises:
        Forbidden: the thread is somebody else's.
    """
    row = tx.one(
        _SQL["insert_run"],
        run_id=run_id,
        thread_id=request.thread_id,
        owner=str(owner),
        user_id=owner.user_id,
        guest_scope=owner.guest_scope,
        autopilot_id=request.autopilot_id,
        mode=request.mode,
        model=model,
        caps=json.dumps(asdict(caps)),
        request_mac=tx.sanitizer.keys.mac(request.content.encode()),
        sanitized_by=tx.sanitizer.stamp,
        code_version=code_version,
        key_id=key_id,
    )
    return row is not None


def get(db: Transaction | Database, run_id: str) -> Run | None:
    """The run as committed, or None."""
    row = db.one(_SQL["get_run"], run_id=run_id)
    return None if row is None else _run(row)


def lock(tx: Transaction, run_id: str) -> Run | None:
    """The run with its head locked until the transaction ends, or None."""
    row = tx.one(_SQL["lock_run"], run_id=run_id)
    return None if row is None else _run(row)


def autopilot_of(db: Transaction | Database, run_id: str) -> str | None:
    """The autopilot that the run was started by, or None; the run exists."""
    row = db.one(_SQL["autopilot_of"], run_id=run_id)
    assert row is not None
    found: str | None = row.autopilot_id
    return found


def thread_owner(db: Transaction | Database, thread_id: str) -> str | None:
    """Whose thread it is (`str` of the principal), or None when nobody has used it."""
    row = db.one(_SQL["thread_owner"], thread_id=thread_id)
    return None if row is None else str(row.owner)


def of_thread(db: Transaction | Database, thread_id: str, limit: int) -> list[Run]:
    """The thread's runs, newest first."""
    rows = db.all(_SQL["runs_of_thread"], thread_id=thread_id, limit=limit)
    return [_run(row) for row in rows]


def newest(
    db: Transaction | Database, limit: int, thread_id: str | None = None, *, ended: bool = True
) -> list[Run]:
    """At most `limit` runs, of everybody: the newest that have not ended, then the last to end.

    Args:
        thread_id: only those of this thread, newest first.
        ended: whether those that have ended are asked for too.
    """
    if thread_id is not None:
        found = of_thread(db, thread_id, limit)
        return [run for run in found if ended or not run.closed]
    runs = [_run(row) for row in db.all(_SQL["live_runs"], limit=limit)]
    if ended and len(runs) < limit:
        rows = db.all(_SQL["ended_runs"], limit=limit - len(runs))
        runs += [_run(row) for row in rows]
    return runs


def _run(row: Any) -> Run:
    return Run(
        row.run_id,
        row.thread_id,
        Principal(row.owner_user_id, row.owner_guest_scope),
        row.mode,
        row.status,
        row.model,
        Caps.from_json(row.caps),
        row.request_mac,
        row.created_at,
        row.updated_at,
        row.terminal_reason_class,
        row.terminal_reason,
        row.terminal_at,
        row.seq,
        row.floor_seq,
        row.chain_head,
        row.cancel_requested,
        row.closed_seq is not None,
    )
