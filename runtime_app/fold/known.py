"""Which events this release can fold; a later release may write others to the same log.

While two releases work side by side, or after a step back, an executor meets events whose meaning
it does not have. To pass over them would be to decide on half of what has happened.
"""

from runtime_app.errors import Unavailable
from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import Event


class LaterEvent(Unavailable):
    """The log holds what only a later release can read; such a one goes on with the run."""


def check(event: Event) -> None:
    """Let an event pass that the catalogue has, in the version it has or an earlier one.

    Raises:
        LaterEvent: it is of another type or a later version; says which, where, and what to do.
    """
    spec = CATALOG.get(event.type)
    if spec is not None and event.version <= spec.version:
        return
    known = "no such type" if spec is None else f"it up to version {spec.version}"
    raise LaterEvent(
        f"event {event.seq} is {event.type!r} in version {event.version}, and this release knows "
        f"{known}; a release that wrote such events can go on",
        retry_after_s=10,
    )
