"""What is not told but stands in rows: the second table of metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime_app.observability.metric import Label, refuse_forbidden


@dataclass(frozen=True, slots=True)
class Gauge:
    """What is true at the moment of a scrape, by the rows of Postgres.

    Args:
        name: without the prefix.

    Raises:
        ValueError: a label that is forbidden.
    """

    name: str
    doc: str
    labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        refuse_forbidden(self.name, self.labels)


#: Gauge -> label values in the order of its row -> value; a gauge that is missing is unknown.
Reading = Mapping[str, Mapping[tuple[str, ...], float]]

_QUEUE = Label("queue", ("runs", "tools"))
_LIVE = Label(
    "status",
    ("accepted", "running", "waiting_tool", "waiting_approval", "waiting_input", "canceling"),
)
# fmt: off
GAUGES: tuple[Gauge, ...] = (
    # -- read by the web role, from Postgres
    Gauge("runs_live", "Runs that have not ended.", (_LIVE,)),
    Gauge("queue_depth",
          "Work that waits for a worker of the queue: runs that nobody holds, tasks not claimed.",
          (_QUEUE,)),
    Gauge("queue_oldest_seconds", "Seconds that the oldest of it has waited.", (_QUEUE,)),
    Gauge("work_oldest_seconds", "Seconds that the oldest work of all has waited for a worker."),
    Gauge("notify_queue_ratio",
          "How full the queue of notifications of Postgres is; past 1, commits fail."),
    Gauge("quarantine_waiting",
          "What gave up in the last 30 days and waits for somebody to decide.",
          (Label("kind", ("run", "tool")),)),
    Gauge("breaker_state",
          "The worst breaker of a provider: 0 closed, 1 half open, 2 open.",
          (Label("provider", registry="providers"), Label("op", registry="operation classes"))),
    Gauge("beat_last_success_timestamp_seconds",
          "When a periodic job last succeeded; seconds since 1970.",
          (Label("job", registry="tasks"),)),
    # -- of a worker
    Gauge("worker_deaf_seconds",
          "Seconds for which a worker has heard no message of its own that it should have heard."),
)
# fmt: on
