"""The roles of a deployment: one table, which image, compose file, chart and local stack share."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

SERVING_PORT, FLOWER_PORT, METRICS_PORT = 4000, 5555, 9090


class Ready(Enum):
    """How one sees that a role is up."""

    CONNECTS = "its clients can connect"
    PAGE = "GET /readyz is 200"
    MARK = "it has made the file in OA_READY_FILE"
    PORT = "it listens"
    ENDS = "it has ended by itself, with 0"


class Peer(Enum):
    """What a role talks to."""

    POSTGRES = "Postgres"
    BROKER = "the broker"
    WEB = "the web role"
    OUTSIDE = "other machines, by HTTPS"
    WALLET = "the wallet that pays"
    ARTIFACTS = "the place of the artifact store"


@dataclass(frozen=True)
class Role:
    """One kind of process.

    Args:
        command: argv; `{…}` is filled in by `argv`.
        ready: how one sees that it is up; of a job, that it is done.
        queues, pool, concurrency: for workers.
        port: where it serves; 0 where it does not.
        metrics_port: where it serves `/metrics`; 0 where it does not.
        environ: variables that it needs whatever the deployment.
        needs: what has to be there before it works.
        reaches: what else it may talk to.
        alone: whether a second one must not run beside it.
        stop_signal: asks it to end, within `grace_s`; then it is killed.
    """

    name: str
    command: tuple[str, ...]
    ready: Ready
    queues: tuple[str, ...] = ()
    pool: str = ""
    concurrency: int = 0
    port: int = 0
    metrics_port: int = 0
    environ: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    needs: tuple[Peer, ...] = ()
    reaches: tuple[Peer, ...] = ()
    alone: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 30.0

    @property
    def counts_together(self) -> bool:
        """Whether it is several processes, whose counts are one page of metrics."""
        return self.pool == "prefork" or self.ready is Ready.PAGE

    def argv(self, values: Mapping[str, object]) -> list[str]:
        """The command with this role's own fields filled in, and `values`, which go first.

        Raises:
            KeyError: a field of the command is in neither.
        """
        known = {
            "node": self.name.removeprefix("worker-"),
            "queues": ",".join(self.queues),
            "pool": self.pool,
            "concurrency": self.concurrency,
            "port": self.port,
            **values,
        }
        return [part.format_map(known) for part in self.command]


_CELERY = ("{python}", "-m", "celery", "-A", "tasks.app")
_POOL = ("-P", "{pool}", "-c", "{concurrency}", "--without-gossip", "--without-mingle")
_QUIET = ("-l", "WARNING")
_WORKER = (*_CELERY, "worker", "-n", "{node}@%h", "-Q", "{queues}", *_POOL, *_QUIET)
_GUNICORN = ("{python}", "-m", "gunicorn", "-c", "python:web.gunicorn_conf")
# Beat and Flower need the broker and the schedule, not what the tasks do.
_CLOCK = ("{python}", "-m", "celery", "-A", "tasks.schedule")
# Flower shows and does not act. As arguments: they outrank what `FLOWER_…` of an environment says.
_VIEW = ("--read_only", "--max_tasks=10000", "--purge_offline_workers=300")
_BOTH = (Peer.POSTGRES, Peer.BROKER)
_OUT = (Peer.OUTSIDE,)
_KEEPS = (Peer.ARTIFACTS,)


def _worker(
    queues: tuple[str, ...],
    pool: str,
    concurrency: int,
    grace_s: float,
    reaches: tuple[Peer, ...] = _OUT,
) -> Role:
    """The worker of these queues, named after the first of them."""
    return Role(
        f"worker-{queues[0].removeprefix('tools.')}",
        _WORKER,
        Ready.MARK,
        queues=queues,
        pool=pool,
        concurrency=concurrency,
        metrics_port=METRICS_PORT,
        needs=_BOTH,
        reaches=reaches,
        grace_s=grace_s,
    )


#: Run to their end: the first before everything else, the other once all is up.
JOBS = (
    Role(
        "migrate",
        ("{python}", "-m", "runtime_app", "migrate"),
        Ready.ENDS,
        needs=(Peer.POSTGRES,),
        alone=True,
    ),
    Role(
        "smoke",
        ("{python}", "-m", "runtime_app", "smoke", "--url", "{url}"),
        Ready.ENDS,
        needs=(Peer.WEB,),
    ),
)
#: Run for good.
DEPLOYED = (
    Role(
        "web",
        (*_GUNICORN, "--bind", "{address}:{port}", "web.wsgi:app"),
        Ready.PAGE,
        port=SERVING_PORT,
        metrics_port=METRICS_PORT,
        needs=_BOTH,
        reaches=_KEEPS,
    ),
    _worker(("runs", "ds"), "threads", 32, grace_s=45.0),
    _worker(("tools",), "prefork", 2, grace_s=60.0, reaches=(*_OUT, *_KEEPS)),
    _worker(
        ("tools.settlement",), "prefork", 1, grace_s=60.0, reaches=(*_OUT, Peer.WALLET, *_KEEPS)
    ),
    # Its queues take turns, and a slow store holds one child, slow endpoints of webhooks another:
    # sweeps wait for neither.
    _worker(
        ("maintenance", "anchors", "memory", "projections"),
        "prefork",
        3,
        grace_s=60.0,
        reaches=(*_OUT, *_KEEPS),
    ),
    Role(
        "beat",
        (*_CLOCK, "beat", *_QUIET),
        Ready.MARK,
        metrics_port=METRICS_PORT,
        needs=_BOTH,
        alone=True,
    ),
    Role(
        "flower",
        (*_CLOCK, "flower", "--address={address}", "--port={port}", *_VIEW),
        Ready.PORT,
        port=FLOWER_PORT,
        needs=(Peer.BROKER,),
        alone=True,
    ),
)
