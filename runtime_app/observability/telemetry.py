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
        logged: whether each emission is a log line too; for what happens once per request or call.
    """

    doc: str
    labels: tuple[str, ...] = ()
    logged: bool = False


CATALOG: Mapping[str, Telling] = {
    # -- at the edge -----------------------------------------------------------------------------
    "http.request": Telling(
        "A signed route has answered; seconds until its headers, a stream's bytes not counted.",
        ("route", "method", "status_class"),
        logged=True,
    ),
    "auth.accepted": Telling("A token held; its key's slot, current or previous.", ("slot",)),
    "auth.rejected": Telling("A request was refused; by which check.", ("reason",)),
    "auth.throttled": Telling("A failed signature past the limit of its address: 429, not 401."),
    "admission.refused": Telling("A limit was reached; 429, or a refused tool call.", ("limit",)),
    # -- runs ------------------------------------------------------------------------------------
    "run.started": Telling("A run was accepted.", ("mode",)),
    "slots.waited": Telling("A run found its slots taken and got in line."),
    "run.ended": Telling(
        "A run has ended; seconds since it was accepted.", ("status", "reason_class"), logged=True
    ),
    "frame.taken": Telling("A turn took a message; seconds since that was accepted."),
    "step.ended": Telling("A step has finished; seconds since its last attempt began."),
    "model.called": Telling(
        "A model call has ended; seconds.", ("provider", "outcome"), logged=True
    ),
    "model.tokens": Telling("Tokens of a model call.", ("provider", "kind")),
    # -- providers -------------------------------------------------------------------------------
    "provider.called": Telling(
        "A call of a provider has ended, or was not let out; seconds.",
        ("provider", "op", "outcome"),
    ),
    "provider.first_token": Telling("An answer has begun; seconds.", ("provider", "op")),
    "bulkhead.full": Telling(
        "A run was handed on: its process makes all the calls of that provider that it may.",
        ("provider",),
    ),
    "rate_budget.waited": Telling(
        "A call has waited for the budget of its provider; seconds.", ("provider",)
    ),
    "retry.refused": Telling("A retry was not made: there were too many.", ("provider",)),
    "provider.fell_back": Telling("Another provider was asked instead.", ("from", "to", "outcome")),
    "breaker.moved": Telling("A breaker has changed its state.", ("provider", "op", "to")),
    "breaker.rejected": Telling("A breaker let a call not out.", ("provider", "op")),
    "breaker.probed": Telling("A probe has ended.", ("provider", "op", "result")),
    "breaker.stale": Telling(
        "Outcomes came after their breaker had changed; how many.", ("provider", "op")
    ),
    # -- signatures ------------------------------------------------------------------------------
    "prediction.ended": Telling(
        "A prediction has ended; seconds since it was begun.", ("status", "variant"), logged=True
    ),
    "pointer.changed": Telling("Which artifact is live has changed.", ("action",), logged=True),
    # -- the log ---------------------------------------------------------------------------------
    "append.ended": Telling("An append has committed; seconds that its statement took."),
    "append.events": Telling("Events were appended; how many.", ("class",)),
    "append.fenced": Telling("An append was refused.", ("outcome",)),
    "payloads.pruned": Telling("Payloads were emptied; how many.", ("class",)),
    "append.batch": Telling("Batches were committed together; of how many runs."),
    # -- streams ---------------------------------------------------------------------------------
    "stream.opened": Telling("A reader has come."),
    "stream.lag": Telling(
        "A reader, or all that wait, are sent an event that is new; seconds since its append."
    ),
    "stream.healed": Telling("A re-read found what no notification had told of."),
    "listener.changed": Telling("Whether notifications arrive now: 1 or 0.", ("channel",)),
    "stream.first_event": Telling("A reader got its first event; seconds since it came."),
    "stream.ended": Telling("A reader is gone.", ("end",)),
    "stream.hole": Telling("A seq was missing where somebody reads."),
    "event.unmapped": Telling("An event could not be mapped to stream parts, and was left out."),
    # -- leases, tools, tasks --------------------------------------------------------------------
    "lease.op": Telling("A lease was asked for, parked or released.", ("op", "result")),
    "lease.taken_over": Telling(
        "A run whose executor was lost has another; seconds since the last sign of life of the one."
    ),
    "executor.lost": Telling("An executor was declared lost."),
    "tool.claimed": Telling(
        "A tool task was claimed for the first time; seconds since it was asked for.", ("tool",)
    ),
    "tool.canceled": Telling("The end of a run has cancelled a tool task.", ("tool",)),
    "tool.ended": Telling(
        "A tool task has ended; seconds since its claim.", ("tool", "state", "error_class"), True
    ),
    "task.ended": Telling("A Celery task has ended; seconds.", ("task", "result")),
    "beat.ran": Telling(
        "A tick of a periodic job has ended, or was not for us.", ("job", "result")
    ),
    "egress.fetched": Telling(
        "A URL was fetched: `answered`, or the code of the refusal.", ("outcome",)
    ),
    "projection.applied": Telling("Events were applied to read models."),
    "projection.overtaken": Telling("Another had applied the same events first."),
    "projection.died": Telling("The projection of a run gave up."),
    "projection.drifted": Telling("Read models of a run differed from its log.", ("kind",)),
    "projection.repaired": Telling("Read models were made again, or not.", ("result",)),
    "memory.compacted": Telling(
        "A chunk of memory was made, or could not be.", ("level", "result")
    ),
    "webhook.tried": Telling("A notice was sent to its endpoint; what came of it.", ("result",)),
    "wakeup.dropped": Telling("A message was not sent.", ("task",)),
    "sweep.failed": Telling("A sweep went on without one that it could not see to.", ("sweep",)),
    # -- Postgres --------------------------------------------------------------------------------
    "db.checked_out": Telling("A connection was taken from the pool."),
    "db.returned": Telling("It was given back."),
    "db.pool": Telling("How many connections this process may have at most."),
    "db.failed": Telling(
        "The database did not do what was asked, through no fault of a caller.", ("sqlstate_class",)
    ),
    # -- integrity -------------------------------------------------------------------------------
    "integrity.checked": Telling("A log was checked, its newest anchor included.", ("result",)),
    "integrity.mismatch": Telling("A log is not what it was.", logged=True),
    # -- guards ----------------------------------------------------------------------------------
    "sanitizer.failed": Telling(
        "The sanitizer failed on a value, which was dropped: a defect of ours.", ("profile",)
    ),
}
_LABELS = {name: frozenset(told.labels) for name, told in CATALOG.items()}

Subscriber = Callable[[str, float, Mapping[str, str]], None]
_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> None:
    """Let `subscriber(name, value, labels)` hear of everything from now on; it must not raise."""
    _subscribers.append(subscriber)


def unsubscribe(subscriber: Subscriber) -> None:
    """Let it hear no more."""
    _subscribers.remove(subscriber)


def redirect(subscriber: Subscriber) -> None:
    """Let `subscriber` alone hear of everything: for a forked process, which counts nothing."""
    _subscribers[:] = [subscriber]


def emit(name: str, value: float = 1.0, **labels: str) -> None:
    """Tell every subscriber.

    Args:
        value: 1 for a count, else what the catalogue says that it measures.

    Raises:
        KeyError, ValueError: the catalogue does not know the name, or lists other labels.
    """
    if labels.keys() != _LABELS[name]:
        raise ValueError(f"{name} has the labels {CATALOG[name].labels}, not {sorted(labels)}")
    for subscriber in _subscribers:
        subscriber(name, value, labels)
