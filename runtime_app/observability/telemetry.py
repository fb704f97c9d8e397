"""What the runtime tells of itself while it works: one catalogue, one `emit`, many subscribers.

A room says what happened and knows nobody who listens. Counters, spans and log lines are made by
subscribers, which the process sets up when it starts; without any, `emit` costs a dictionary
lookup.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Telling:
    """One row of the catalogue.

    Args:
        doc: what has happened, and what the value measures (with its unit) where it is not a count.
        labels: the names that every emission gives, each with few values.
    """

    doc: str
    labels: tuple[str, ...] = ()


CATALOG: Mapping[str, Telling] = {
    "auth.accepted": Telling("A token held; its key's slot, current or previous.", ("slot",)),
    "auth.rejected": Telling("A request was refused; by which check.", ("reason",)),
    "auth.throttled": Telling("A failed signature past the limit of its address: 429, not 401."),
}

Subscriber = Callable[[str, float, Mapping[str, str]], None]
_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> None:
    """Let `subscriber(name, value, labels)` hear of everything from now on; it must not raise."""
    _subscribers.append(subscriber)


def emit(name: str, value: float = 1.0, **labels: str) -> None:
    """Tell every subscriber.

    Args:
        value: 1 for a count, else what the catalogue says that it measures.

    Raises:
        KeyError, ValueError: the catalogue does not know the name, or lists other labels.
    """
    told = CATALOG[name]
    if labels.keys() != set(told.labels):
        raise ValueError(f"{name} has the labels {told.labels}, not {sorted(labels)}")
    for subscriber in _subscribers:
        subscriber(name, value, labels)
