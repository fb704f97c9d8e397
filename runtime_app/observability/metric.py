"""What a row of the tables of metrics may say.

A label has few values and they are known beforehand: listed in the row, or taken from a registry
that the process hands in (routes, tools, …). Whatever else comes counts as `other`. What has many
values by nature (ids, addresses, who asks) is no label; a row that says so is refused at import.
"""

from dataclasses import dataclass
from enum import StrEnum

from runtime_app.observability.telemetry import CATALOG

FORBIDDEN = frozenset(
    {
        *("run", "run_id", "thread", "thread_id", "frame", "frame_id", "seq", "cursor"),
        *("tool_call", "tool_call_id", "predict_id", "reservation_id", "authorization_id"),
        *("user", "user_id", "guest", "guest_scope", "owner", "lease_owner", "principal"),
        *("trace", "trace_id", "span_id", "request_id", "url", "path", "host", "address"),
    }
)


class Kind(StrEnum):
    """What a metric does with the values that it is told."""

    COUNTER = "counter"  # adds them up
    HISTOGRAM = "histogram"  # counts them by size
    GAUGE = "gauge"  # one up for what begins, one down for what ends
    LEVEL = "level"  # takes the last one; a gauge too, for whoever reads the page


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its name, and its values or the name of the registry that knows them."""

    name: str
    values: tuple[str, ...] = ()
    registry: str = ""


def refuse_forbidden(name: str, labels: tuple[Label, ...]) -> None:
    """Raise ValueError if one of a row's labels has many values by nature."""
    forbidden = {label.name for label in labels} & FORBIDDEN
    if forbidden:
        raise ValueError(f"{name}: {sorted(forbidden)} can be no label")


@dataclass(frozen=True, slots=True)
class Metric:
    """One row.

    Args:
        name: without the prefix; seconds end in `_seconds`, counters in `_total`.
        told: what it counts, by its name in telemetry's catalogue.
        labels: of those that are told, the ones that make a series.
        buckets: upper bounds of a histogram.
        until: for a gauge, what ends what `told` has begun.
        counts: for a counter, each emission by one instead of its value.
        least: of a level, what the processes of a role say together is the least, not the sum.

    Raises:
        ValueError: a label that is forbidden, or that is not told; what is told is unknown.
    """

    name: str
    kind: Kind
    told: str
    doc: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    until: str = ""
    counts: bool = False
    least: bool = False

    def __post_init__(self) -> None:
        names = {label.name for label in self.labels}
        refuse_forbidden(self.name, self.labels)
        for told in filter(None, (self.told, self.until)):
            if told not in CATALOG or not names <= set(CATALOG[told].labels):
                raise ValueError(f"{self.name}: {told} is not told, or not with {sorted(names)}")
        if (self.kind is Kind.HISTOGRAM) != bool(self.buckets):
            raise ValueError(f"{self.name}: a histogram has buckets, and nothing else has")

    @property
    def series_each(self) -> int:
        """How many series one combination of label values makes."""
        return len(self.buckets) + 3 if self.buckets else 1
