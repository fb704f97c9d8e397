"""The roles of a local stack: one table."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

SIGINT, SIGTERM = signal.SIGINT, signal.SIGTERM


class Ready(Enum):
    """How one sees that a role is up."""

    CONNECTS = "its clients can connect"
    PAGE = "GET /readyz is 200"
    MARK = "it has made the file in OA_READY_FILE"
    PORT = "it listens"
    ALIVE = "it lives, and has for a moment"


@dataclass(frozen=True)
class Role:
    """One kind of process.

    Args:
        command: argv; `{…}` is filled in by `argv`.
        ready: how one sees that it is up.
        queues, pool, concurrency: for workers.
        counted: whether it serves `/metrics`.
        stop_signal: asks it to end, within `grace_s`; then it is killed.
    """

    name: str
    command: tuple[str, ...]
    ready: Ready
    queues: tuple[str, ...] = ()
    pool: str = ""
    concurrency: int = 0
    counted: bool = True
    stop_signal: signal.Signals = SIGTERM
    grace_s: float = 6.0

    @property
    def counts_together(self) -> bool:
        """Whether it is several processes, whose counts are one page of metrics."""
        return self.pool == "prefork" or self.ready is Ready.PAGE

    def argv(self, values: Mapping[str, object]) -> list[str]:
        """The command with `values` and this role's own fields filled in."""
        known = {
            "node": self.name.removeprefix("worker-"),
            "queues": ",".join(self.queues),
            "pool": self.pool,
            "concurrency": self.concurrency,
            **values,
        }
        return [part.format_map(known) for part in self.command]


_CELERY = ("{python}", "-m", "celery", "-A", "tasks.app")
_POOL = ("-P", "{pool}", "-c", "{concurrency}", "--without-gossip", "--without-mingle")
_QUIET = ("-l", "WARNING")
_WORKER = (*_CELERY, "worker", "-n", "{node}@%h", "-Q", "{queues}", *_POOL, *_QUIET)
_WEB = ("{python}", "-m", "gunicorn", "-c", "web/gunicorn.conf.py")
# Beat and Flower need the broker and the schedule, not what the tasks do.
_CLOCK = ("{python}", "-m", "celery", "-A", "tasks.schedule")
_PAGE = ("{python}", "-m", "runtime_app", "page", "--model", "{model}", "--port", "{page_port}")
_BEAT = (*_CLOCK, "beat", "--schedule", "{beat_schedule}", *_QUIET)
_FLOWER = (*_CLOCK, "flower", "--address={loopback}", "--port={flower_port}")

# Runs to its end between the servers and the application.
MIGRATION = Role("migrate", ("{python}", "-m", "runtime_app", "migrate"), Ready.ALIVE)
# fmt: off
SERVERS = (
    Role("postgres", ("{postgres}",), Ready.CONNECTS, stop_signal=SIGINT, grace_s=3),
    Role("broker", ("{broker}", "{broker_settings}"), Ready.CONNECTS, grace_s=3),
)
APPLICATION = (
    Role("web", (*_WEB, "--bind", "{loopback}:{port}", "web.wsgi:app"), Ready.PAGE),
    Role("worker-runs", _WORKER, Ready.MARK, ("runs",), "threads", 32),
    Role("worker-tools", _WORKER, Ready.MARK, ("tools",), "prefork", 2),
    Role("worker-settlement", _WORKER, Ready.MARK, ("tools.settlement",), "prefork", 1),
    Role("worker-maintenance", _WORKER, Ready.MARK, ("maintenance",), "prefork", 1),
    Role("beat", _BEAT, Ready.MARK),
    Role("flower", _FLOWER, Ready.PORT, counted=False),
    Role("page", (*_PAGE, "--api", "http://{loopback}:{port}"), Ready.MARK, counted=False),
)
# fmt: on
