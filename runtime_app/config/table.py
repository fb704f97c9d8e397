"""The settings: one table. `docs/SETTINGS.md` is printed from it."""

from runtime_app import __version__
from runtime_app.anchors.anchor import ring as anchor_ring
from runtime_app.config.kinds import (
    artifacts,
    flag,
    http,
    level,
    login,
    operator,
    postgres,
    redis,
    seconds,
    text,
    whole,
)
from runtime_app.config.setting import Setting
from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.proxy import Proxy
from runtime_app.egress.secret import parse_credentials
from runtime_app.sanitizer import PseudonymKeys
from runtime_app.security.key_ring import KeyRing

_WORKERS = ("worker-runs", "worker-tools", "worker-settlement", "worker-maintenance")
_WITH_DATABASE = ("web", *_WORKERS, "beat", "migrate")
_WITH_BROKER = ("web", *_WORKERS, "beat", "flower")
_WITH_ANCHORS = ("web", "worker-maintenance")
_WITH_TOOLS = ("worker-tools", "worker-settlement")
_WITH_CHILDREN = (*_WITH_TOOLS, "worker-maintenance")

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DATABASE_URL",
        postgres,
        None,
        "Postgres 15 or newer, for pooled connections.",
        True,
        _WITH_DATABASE,
    ),
    Setting(
        "OA_DATABASE_DIRECT_URL",
        postgres,
        "",
        "Postgres for LISTEN and migrations; must not lead through a transaction pooler. "
        "Default: DATABASE_URL.",
        True,
        _WITH_DATABASE,
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
    Setting("OA_BROKER_URL", redis, None, "Redis or Valkey, Celery's broker.", True, _WITH_BROKER),
    Setting(
        "OA_SIGNING_KEYS",
        KeyRing.parse,
        None,
        "The keys that requests are signed with: id:secret[:scopes], comma separated, the current "
        "one first; scopes with + between them, for keys of operators.",
        True,
        ("web",),
    ),
    Setting(
        "OA_SANITIZER_KEYS",
        PseudonymKeys.parse,
        None,
        "The keys that stand-ins for secrets are made with: letter:secret of at least 32 bytes, "
        "comma separated, current one first. Old ones stay, to know repeated requests by.",
        True,
    ),
    Setting(
        "OA_AUTH_REQUIRE_REQUEST_BINDING",
        flag,
        "on",
        "Whether every token must carry htm, htp and bsh. The local stack sets it off.",
    ),
    Setting(
        "OA_MAX_BODY_BYTES",
        whole(1024, 16_777_216),
        "262144",
        "The largest request body, in bytes.",
    ),
    Setting(
        "OA_BODY_WITHIN_S",
        seconds(0.1, 60),
        "10",
        "How long a request body may take to come, all of it.",
    ),
    Setting(
        "OA_MAX_FAILED_SIGNATURES",
        whole(1, 1_000_000),
        "50",
        "Failed signatures of one address in a minute, as each web process counts; more are 429.",
    ),
    Setting(
        "OA_DEFAULT_MODEL",
        text,
        "",
        "The model of runs that name none, provider/model. Default: scripted/demo, or "
        "openai/gpt-4o-mini when OPENAI_API_KEY is set.",
    ),
    Setting(
        "OA_SYSTEM_PROMPT",
        text,
        "You are a helpful assistant.",
        "What every model call begins with.",
    ),
    Setting(
        "OPENAI_API_KEY", text, "", "Key of the OpenAI-compatible provider.", True, ("worker-runs",)
    ),
    Setting(
        "OPENAI_BASE_URL",
        text,
        "https://api.openai.com/v1",
        "Base URL of the OpenAI-compatible provider.",
    ),
    Setting(
        "OA_EGRESS_ALLOW",
        Allowlist.parse,
        "",
        "The hosts that tools may ask, comma separated: names, *.name for all below it. "
        "Default: none.",
    ),
    Setting(
        "OA_EGRESS_PROXY",
        Proxy.parse,
        "",
        "The proxy through which tools go out, and calls of models at https addresses: "
        "http://[user:password@]host:port. Default: none.",
        True,
        ("worker-runs", *_WITH_TOOLS),
    ),
    Setting(
        "OA_EGRESS_CREDENTIALS",
        parse_credentials,
        "",
        "What tools may show to an origin, as JSON: "
        '{"name": {"origin": "https://…", "header": …, "value": …}}. Default: none.',
        True,
        _WITH_TOOLS,
    ),
    Setting("OA_CAP_STEPS", whole(1, 10_000), "32", "Most steps of a run."),
    Setting("OA_CAP_WALL_CLOCK_S", whole(1, 86_400), "900", "Most active seconds of a run."),
    Setting("OA_CAP_TOKENS", whole(1, 1_000_000_000), "400000", "Most tokens of a run."),
    Setting("OA_CAP_MODEL_CALLS", whole(1, 10_000), "48", "Most model calls of a run."),
    Setting("OA_CAP_TOOL_CALLS", whole(1, 10_000), "96", "Most tool calls of a run."),
    Setting("OA_MAX_RUNS_PER_OWNER", whole(1, 1_000_000), "1000", "Live runs of one owner."),
    Setting("OA_MAX_WAITING_PER_THREAD", whole(0, 1000), "5", "Runs of a thread that wait."),
    Setting("OA_MAX_FRAMES_PER_S", whole(1, 10_000), "20", "New frames of one run in a second."),
    Setting(
        "OA_MAX_STREAMS_PER_RUN",
        whole(1, 100_000),
        "1000",
        "Open streams of one run, in one web process.",
    ),
    Setting(
        "OA_MAX_STREAMS_PER_OWNER",
        whole(1, 100_000),
        "1000",
        "Open streams to one owner, in one web process.",
    ),
    Setting(
        "OA_MAX_STREAMS_PER_PROCESS",
        whole(1, 100_000),
        "5000",
        "Open streams of one web process.",
    ),
    Setting(
        "OA_STREAM_STALL_S",
        seconds(1, 3600),
        "60",
        "How long a stream's client may take nothing of what it is sent; then it is let go.",
    ),
    Setting("OA_MAX_TOOL_TASKS_PER_RUN", whole(1, 10_000), "64", "Open tool tasks of one run."),
    Setting("OA_MAX_TOOL_TASKS", whole(1, 1_000_000), "2000", "Open tool tasks in all."),
    Setting("OA_SLOTS_PER_THREAD", whole(1, 1000), "1", "Runs of one thread at work at once."),
    Setting("OA_SLOTS_PER_OWNER", whole(1, 1000), "8", "Runs of one owner at work at once."),
    Setting("OA_SLOTS_PER_AUTOPILOT", whole(1, 1000), "16", "Runs of one autopilot at work."),
    Setting(
        "OA_RETENTION_DELTA_S",
        seconds(60, 10 * 366 * 86_400),
        "2592000",
        "How long after a run's end its deltas are kept; completed texts are kept for good.",
        roles=("worker-maintenance",),
    ),
    Setting(
        "OA_RETENTION_PROGRESS_S",
        seconds(60, 10 * 366 * 86_400),
        "86400",
        "How long after a run's end the progress of its tools is kept.",
        roles=("worker-maintenance",),
    ),
    Setting(
        "OA_ARTIFACTS_URL",
        artifacts,
        "",
        "Where files are kept outside the database: file:///folder, or gs://bucket/prefix or "
        "s3://bucket/prefix, with the extra gcs or s3. Anchors of logs go there. Default: nowhere.",
        True,
        _WITH_ANCHORS,
    ),
    Setting(
        "OA_ANCHOR_KEYS",
        anchor_ring,
        "",
        "The keys that anchors are signed with: id:secret, comma separated, the current one first. "
        "Old ones stay, to believe what they have signed. Default: nothing is anchored.",
        True,
        _WITH_ANCHORS,
    ),
    Setting("OA_LEASE_TTL_S", seconds(2, 600), "20", "How long a lease lasts without a renewal."),
    Setting("OA_LEASE_HEARTBEAT_S", seconds(0.2, 60), "5", "How often leases are renewed."),
    Setting(
        "OA_DRAIN_S",
        seconds(0, 600),
        "8",
        "How long a model call may go on once its worker is asked to stop.",
    ),
    Setting(
        "OA_CHILD_DRAIN_S",
        seconds(0, 600),
        "30",
        "How long tools and sweeps may go on once their worker is asked to stop; what is not done "
        "by then is killed. Keep it well below the grace of the role.",
        roles=_WITH_CHILDREN,
    ),
    Setting("OA_CODE_VERSION", text, __version__, "The release, stored with runs and leases."),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        http,
        "",
        "Base URL of a collector that takes spans (OTLP over HTTP). Without it none are made.",
    ),
    Setting(
        "OA_METRICS_PORT",
        whole(0, 65_535),
        "0",
        "Where /metrics is served, a port for each role; 0 serves none.",
    ),
    Setting("OA_METRICS_ADDRESS", text, "127.0.0.1", "The address that it is served at."),
    Setting(
        "PROMETHEUS_MULTIPROC_DIR",
        text,
        "",
        "Where the processes of one role count together, emptied before the role starts: for web "
        "and for workers that fork.",
    ),
    Setting("OA_LOG_LEVEL", level, "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting(
        "OA_OPERATOR",
        operator,
        "",
        "Who you are, for acts on the command line. Default on the local stack: your login name.",
    ),
    Setting("OA_ROLE", text, "", "The name of this process's role in logs and leases."),
    Setting(
        "OA_HAIL_EVERY_S",
        seconds(0.1, 600),
        "15",
        "How often a worker sends itself a message, to see whether it hears.",
    ),
    Setting(
        "OA_DEAF_AFTER_S",
        seconds(1, 3600),
        "60",
        "How long a worker may hear none of them before it counts as deaf.",
    ),
    Setting(
        "OA_HEALTH_FILE",
        text,
        "",
        "A file that a worker touches as often as it hears; `oa-runtime probe worker` looks at it.",
    ),
    Setting("OA_READY_FILE", text, "", "A file that a worker makes once it consumes its queues."),
)
