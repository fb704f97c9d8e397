"""The settings: one table, its rows in `rows`. `docs/SETTINGS.md` is printed from it."""

from runtime_app.config.rows.connections import CONNECTIONS
from runtime_app.config.rows.egress import EGRESS
from runtime_app.config.rows.executors import EXECUTORS
from runtime_app.config.rows.kept import KEPT
from runtime_app.config.rows.keys import KEYS
from runtime_app.config.rows.limits import LIMITS
from runtime_app.config.rows.models import MODELS
from runtime_app.config.rows.processes import PROCESSES
from runtime_app.config.rows.requests import REQUESTS
from runtime_app.config.rows.resilience import RESILIENCE
from runtime_app.config.rows.telling import TELLING
from runtime_app.config.rows.tools import TOOLS
from runtime_app.config.rows.webhooks import WEBHOOKS
from runtime_app.config.setting import Setting

SETTINGS: tuple[Setting, ...] = (
    *CONNECTIONS,
    *KEYS,
    *REQUESTS,
    *MODELS,
    *RESILIENCE,
    *TOOLS,
    *EGRESS,
    *LIMITS,
    *KEPT,
    *WEBHOOKS,
    *EXECUTORS,
    *TELLING,
    *PROCESSES,
)
