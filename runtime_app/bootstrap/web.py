"""What a web process is made of. It can accept and stream; it cannot execute."""

from dataclasses import dataclass, replace
from functools import partial

from runtime_app.anchors.places import Anchors
from runtime_app.artifacts.apart import StoreApart
from runtime_app.bootstrap.anchors import anchors_of
from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.clock import Clock, SystemClock
from runtime_app.config import Config
from runtime_app.db.database import Database
from runtime_app.db.listen import Listener
from runtime_app.dispatch.celery import CeleryDispatcher
from runtime_app.events.channel import RUN_EVENTS
from runtime_app.gauges import rows
from runtime_app.gauges.kept import Kept
from runtime_app.security.nonces import NonceStore
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.readers import Readers
from runtime_app.webhooks.endpoints import wanted

#: Readers come back all at once when a web process was replaced. What they ask for is short: it is
#: better that they wait in line for a connection than that they are sent away to come again.
CHECKOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class WebRuntime:
    """The parts of a web process; build it after fork, then `start` it."""

    config: Config
    db: Database
    nonces: NonceStore
    hub: Hub
    readers: Readers
    listener: Listener
    gauges: Kept
    clock: Clock
    anchors: Anchors | None

    @classmethod
    def build(cls, config: Config) -> "WebRuntime":
        """Wire the parts; connects to nothing yet."""
        patient = replace(config.database, checkout_timeout_s=CHECKOUT_S)
        dispatcher, notices = CeleryDispatcher(config.broker_url), wanted(config.webhooks)
        db = Database(patient, dispatcher, sanitizer_of(config), notices)
        hub = Hub(db)
        listener = Listener(config.database.direct_url, [RUN_EVENTS], hub.on_notify, hub.heal)
        readers = Readers(config.streams)
        clock = SystemClock()
        gauges = Kept(partial(rows.read, db), clock)
        return cls(
            config,
            db,
            NonceStore(db),
            hub,
            readers,
            listener,
            gauges,
            clock,
            anchors_of(config, StoreApart),
        )

    def start(self) -> None:
        """Listen for appends and heal what is missed."""
        self.listener.start()
        self.hub.start()

    def drain(self) -> None:
        """End every stream, so that its client resumes elsewhere."""
        self.hub.close()
