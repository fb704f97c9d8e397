"""The courier of a process, and what its transactions write for it."""

from runtime_app.clock import SystemClock
from runtime_app.config import Config
from runtime_app.db.database import Database
from runtime_app.egress.allowlist import NO_HOST
from runtime_app.egress.fetch import Egress
from runtime_app.egress.resolver import SystemResolver
from runtime_app.webhooks.courier import Courier


def courier_of(config: Config, db: Database) -> Courier:
    """One that sends to the endpoints of the settings, and to no other host."""
    clock = SystemClock()
    return Courier(
        db,
        Egress(SystemResolver(), clock, NO_HOST, config.egress_proxy),
        clock,
        config.webhooks,
        config.webhook_secrets,
        config.webhooks_kept_s,
    )
