"""Workers beside a stack, with a broker that they have for themselves and one way to its database.

Nobody else reads what they send, and nothing reads it after their death: what they leave behind for
the stack beside them is rows alone.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil
import redis

from runtime_app.dispatch.celery import KEY_PREFIX
from runtime_app.dispatch.jobs import StepRun
from tests.support.api import fresh
from tests.support.messages import celery_of
from tests.support.nursery import Nursery
from tests.support.roles import argv_of, beside
from tests.support.stack import eventually
from tests.support.statement_killer import StatementKiller, statement_killer

#: The first of the broker's databases that is a lane's; the stack's own is 0.
FIRST = 8


@dataclass(frozen=True)
class Lane:
    """One broker, and what kills the lane's workers."""

    state: Mapping[str, Any]
    broker_url: str
    killer: StatementKiller
    nursery: Nursery
    folder: Path

    @contextmanager
    def worker(self, role: str) -> Iterator[int]:
        """One like the stack's, ready; killed at the end, with its children."""
        pid, ready = self.state["roles"][role]["pid"], self.folder / f"{fresh()}.ready"
        environ = beside(pid, self.folder) | {
            "DATABASE_URL": self.killer.url,
            "OA_DATABASE_DIRECT_URL": self.killer.url,
            "OA_BROKER_URL": self.broker_url,
            "OA_READY_FILE": str(ready),
            "OA_LEASE_TTL_S": "4",
            "OA_LEASE_HEARTBEAT_S": "0.5",
        }
        argv = argv_of(pid)
        command = argv[argv.index("celery") + 1 :]
        mine = self.nursery.fork(command, environ, self.folder / f"{role}.log")
        try:
            eventually(ready.exists, within_s=60, what=f"{role} is up")
            yield mine
        finally:
            with suppress(ProcessLookupError):
                os.killpg(mine, signal.SIGKILL)

    def step(self, run_id: str) -> None:
        """Ask the lane's executor for a step of this run, and of none that was left before it."""
        with redis.Redis.from_url(self.broker_url) as broker:
            broker.delete(f"{KEY_PREFIX}{StepRun.queue}")
        with celery_of({"broker_url": self.broker_url}) as app:
            app.send_task(StepRun.kind, kwargs={"run_id": run_id}, queue=StepRun.queue)


class Crew:
    """Workers of a lane, each of which is replaced once it has been killed."""

    def __init__(self, lane: Lane, roles: tuple[str, ...]) -> None:
        self._lane = lane
        self._places = {role: ExitStack() for role in roles}
        self._pids = dict.fromkeys(roles, 0)

    def complete(self) -> None:
        """Start those that are not there."""
        for role, place in self._places.items():
            if not psutil.pid_exists(self._pids[role] or 2**30):
                place.close()
                self._pids[role] = place.enter_context(self._lane.worker(role))

    def dismiss(self) -> None:
        """End all of them."""
        for place in self._places.values():
            place.close()


@contextmanager
def crew(lane: Lane, *roles: str) -> Iterator[Crew]:
    """One for the length of the block; nobody is there before it is completed."""
    made = Crew(lane, roles)
    try:
        yield made
    finally:
        made.dismiss()


@contextmanager
def lane(state: Mapping[str, Any], number: int, nursery: Nursery, folder: Path) -> Iterator[Lane]:
    """The lane of that number, for the length of the block."""
    broker = urlunsplit(urlsplit(state["broker_url"])._replace(path=f"/{FIRST + number}"))
    folder.mkdir()
    with statement_killer(state["database_url"]) as killer:
        yield Lane(state, broker, killer, nursery, folder)
