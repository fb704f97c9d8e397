"""A run of 100,000 events: to a reader from its beginning, and to an executor that takes it up.

Beside the stream, in this process, the floor: the same rows by the same pages, read and counted.
Beside the fold from the first event, the fold from a checkpoint.
"""

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import long_log, runs, stack
from bench.harness import Figure, at_most, plain
from runtime_app.client import Client
from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.executor import checkpoints
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import RunState
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal

EVENTS = 100_000
FOLDED = 10_000
_MIB = 2**20


def run() -> list[Figure]:
    """Seconds and memory of the stream; milliseconds of a fold of 10,000 events."""
    with stack.running() as state:
        db = runs.database(state["database_url"], 1)
        long, folded = (_filled(db, events) for events in (EVENTS, FOLDED))
        key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
        client = Client(state["base_url"], key, Principal(user_id=1))
        web = _worker(state)
        _stream(client, folded, FOLDED)
        grown = _Memory(web)
        took_s = _timed(lambda: _stream(client, long, EVENTS))
        growth_mib = grown.bytes() / _MIB
        floor_s = _timed(lambda: _read(db, long))
        bare_ms = 1000 * _timed(lambda: _fold(db, folded))
        head = log.head(db, folded)
        assert head is not None
        checkpoints.keep(db, _fold(db, folded, until=FOLDED - checkpoints.EVERY), head.epoch)
        kept_ms = 1000 * _timed(lambda: _fold_from_checkpoint(db, folded))
        db.close()
    return [
        plain("replay", "100,000 events to one reader", took_s, "s"),
        plain("replay", "the same rows read and counted, no stream", floor_s, "s"),
        plain("replay", "the stream as a multiple of that", took_s / floor_s, ""),
        at_most(
            "replay",
            "growth of the web process meanwhile, at its peak",
            growth_mib,
            "MiB",
            8,
            "100,000 events to one reader: growth of the web process",
        ),
        plain("replay", "fold of 10,000 events from the first", bare_ms, "ms"),
        plain("replay", "the same from a checkpoint 200 events back", kept_ms, "ms"),
    ]


def _filled(db: Database, events: int) -> str:
    run_id = f"replay-{secrets.token_hex(5)}"
    runs.make(db, [run_id])
    long_log.fill(db, run_id, events)
    return run_id


def _timed(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def _stream(client: Client, run_id: str, events: int) -> None:
    """From the beginning until the head, as it is now."""
    path = f"/runs/{run_id}/stream?thread_id=bench&cursor=0&format=native"
    for event in client.stream("GET", path, run_id=run_id, thread_id="bench"):
        if event.event_id is not None and int(event.event_id) > events:
            return


def _read(db: Database, run_id: str) -> None:
    after = 0
    while page := log.read_page(db, run_id, after):
        after = page[-1][0].seq


def _fold(db: Database, run_id: str, until: int | None = None) -> RunState:
    events = log.read_for_fold(db, run_id)
    return fold(RunState(run_id), (e for e in events if until is None or e.seq <= until))


def _fold_from_checkpoint(db: Database, run_id: str) -> RunState:
    known = checkpoints.newest(db, run_id, FOLDED)
    return fold(known, log.read_for_fold(db, run_id, known.seq))


def _worker(state: dict[str, Any]) -> int:
    """The process id of the web role's only worker."""
    pid = state["roles"]["web"]["pid"]
    (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(worker)


class _Memory:
    """What a process has at its peak from now on, beyond what it has now."""

    def __init__(self, pid: int) -> None:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
        self._status = Path(f"/proc/{pid}/status")
        self._before = self._kib("VmRSS")

    def bytes(self) -> int:
        return 1024 * (self._kib("VmHWM") - self._before)

    def _kib(self, name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+) kB$", self._status.read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1])
