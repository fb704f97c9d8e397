"""The settings of webhooks."""

from runtime_app.config.kinds import seconds
from runtime_app.config.rows.users import WITH_DATABASE
from runtime_app.config.setting import Setting
from runtime_app.webhooks.endpoints import parse_endpoints, parse_secrets

WEBHOOKS: tuple[Setting, ...] = (
    Setting(
        "OA_WEBHOOKS",
        parse_endpoints,
        "",
        "Where notices of runs and tools go, as JSON: "
        '{"name": {"url": "https://…", "events": ["run.ended", …]}}. Default: nowhere.',
        True,
        WITH_DATABASE,
    ),
    Setting(
        "OA_WEBHOOK_SECRETS",
        parse_secrets,
        "",
        "What signs them: name:whsec_…, comma separated; two of a name while one is changed.",
        True,
        ("worker-maintenance",),
    ),
    Setting(
        "OA_RETENTION_WEBHOOKS_S",
        seconds(3600, 10 * 366 * 86_400),
        "2592000",
        "How long deliveries and their attempts are kept.",
        roles=("worker-maintenance",),
    ),
)
