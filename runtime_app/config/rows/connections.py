"""The settings of what a process talks to: Postgres and the broker."""

from runtime_app.config.kinds import login, postgres, redis, whole
from runtime_app.config.rows.users import WITH_BROKER, WITH_DATABASE
from runtime_app.config.setting import Setting

CONNECTIONS: tuple[Setting, ...] = (
    Setting(
        "DATABASE_URL",
        postgres,
        None,
        "Postgres 15 or newer, for pooled connections.",
        True,
        WITH_DATABASE,
    ),
    Setting(
        "OA_DATABASE_DIRECT_URL",
        postgres,
        "",
        "Postgres for LISTEN and migrations; must not lead through a transaction pooler. "
        "Default: DATABASE_URL.",
        True,
        WITH_DATABASE,
    ),
    Setting(
        "OA_DATABASE_APP_URL",
        login,
        "",
        "For `oa-runtime migrate`, when DATABASE_URL names the schema's owner: the login that the "
        "processes use. It is made, with this password, and may do what `oa_app` may.",
        True,
        ("migrate",),
    ),
    Setting("OA_DATABASE_POOL", whole(1, 200), "10", "Connections that one process keeps."),
    Setting("OA_BROKER_URL", redis, None, "Redis or Valkey, Celery's broker.", True, WITH_BROKER),
)
