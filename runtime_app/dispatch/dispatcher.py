"""The seam through which work is asked for."""

from typing import Protocol

from runtime_app.dispatch.jobs import Job


class Dispatcher(Protocol):
    """Takes jobs that are due, after the transaction that caused them has committed.

    The promise is weak on purpose: at least once, maybe never, in no order. `dispatch` never raises
    and returns within 250 ms; a send that fails is counted and dropped, for the sweeps derive it
    again from the rows.
    """

    def dispatch(self, job: Job) -> None:
        """Send `job`, or drop it."""


class NoDispatcher:
    """For processes that cause no work of their own (the operator's CLI): the sweeps find it."""

    def dispatch(self, job: Job) -> None:
        """Drop it."""
