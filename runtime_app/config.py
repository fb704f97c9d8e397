"""The settings: one table, read once, every bad value named together.

`docs/SETTINGS.md` is printed from the table.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app import __version__
from runtime_app.db.settings import DatabaseSettings
from runtime_app.egress.allowlist import NO_HOST, Allowlist
from runtime_app.egress.proxy import Proxy
from runtime_app.egress.secret import Credential, parse_credentials
from runtime_app.leases.lease import LeasePolicy
from runtime_app.observability.settings import TelemetrySettings
from runtime_app.runs.admission import AdmissionLimits, TaskLimits
from runtime_app.runs.caps import Caps
from runtime_app.runs.run import RunDefaults
from runtime_app.runs.slots import SlotLimits
from runtime_app.sanitizer import PseudonymKeys
from runtime_app.security.key_ring import KeyRing
from runtime_app.streaming.readers import StreamLimits


class BadSettings(Exception):
    """One line per setting that is missing or wrong, each with its remedy."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: `read` turns the text into a value or raises ValueError with the remedy."""

    name: str
    read: Callable[[str], Any]
    default: str | None
    doc: str
    secret: bool = False


def _text(text: str) -> str:
    return text


def _flag(text: str) -> bool:
    values = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    try:
        return values[text.lower()]
    except KeyError:
        raise ValueError("must be on or off") from None


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _seconds(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"must be seconds, from {low:g} to {high:g}")
        return value

    return read


def _postgres(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a postgresql:// URL")
    return text


def _http(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must be an http:// or https:// URL")
    return text


def _redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://")):
        raise ValueError("must be a redis:// or rediss:// URL")
    return text


def _login(text: str) -> str:
    if not re.fullmatch(r"\w+://[^:/@]+:[^/@]+@.+", _postgres(text)):
        raise ValueError("must be a postgresql:// URL with user and password")
    return text


def _operator(text: str) -> str:
    if not re.fullmatch(r"[\w.@+-]{1,100}", text):
        raise ValueError("must be a name of 1 to 100 letters, digits and . _ @ + -")
    return text


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return text.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("DATABASE_URL", _postgres, None, "Postgres 15 or newer, for pooled connections.", True),
    Setting(
        "OA_DATABASE_DIRECT_URL",
        _postgres,
        "",
        "Postgres for LISTEN and migrations; must not lead through a transaction pooler. "
        "Default: DATABASE_URL.",
        True,
    ),
    Setting(
        "OA_DATABASE_APP_URL",
        _login,
        "",
        "For `oa-runtime migrate`, when DATABASE_URL names the schema's owner: the login that the "
        "processes use. It is made, with this password, and may do what `oa_app` may.",
        True,
    ),
    Setting("OA_DATABASE_POOL", _whole(1, 200), "10", "Connections that one process keeps."),
    Setting("OA_BROKER_URL", _redis, None, "Redis or Valkey, Celery's broker.", True),
    Setting(
        "OA_SIGNING_KEYS",
        KeyRing.parse,
        None,
        "The keys that requests are signed with: id:secret[:scopes], comma separated, the current "
        "one first; scopes with + between them, for keys of operators.",
        True,
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
        _flag,
        "on",
        "Whether every token must carry htm, htp and bsh. The local stack sets it off.",
    ),
    Setting(
        "OA_MAX_BODY_BYTES",
        _whole(1024, 16_777_216),
        "262144",
        "The largest request body, in bytes.",
    ),
    Setting(
        "OA_BODY_WITHIN_S",
        _seconds(0.1, 60),
        "10",
        "How long a request body may take to come, all of it.",
    ),
    Setting(
        "OA_MAX_FAILED_SIGNATURES",
        _whole(1, 1_000_000),
        "50",
        "Failed signatures of one address in a minute, as each web process counts; more are 429.",
    ),
    Setting(
        "OA_DEFAULT_MODEL",
        _text,
        "",
        "The model of runs that name none, provider/model. Default: scripted/demo, or "
        "openai/gpt-4o-mini when OPENAI_API_KEY is set.",
    ),
    Setting(
        "OA_SYSTEM_PROMPT",
        _text,
        "You are a helpful assistant.",
        "What every model call begins with.",
    ),
    Setting("OPENAI_API_KEY", _text, "", "Key of the OpenAI-compatible provider.", True),
    Setting(
        "OPENAI_BASE_URL",
        _text,
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
        "The proxy through which tools go out, http://[user:password@]host:port. Default: none.",
        True,
    ),
    Setting(
        "OA_EGRESS_CREDENTIALS",
        parse_credentials,
        "",
        "What tools may show to an origin, as JSON: "
        '{"name": {"origin": "https://…", "header": …, "value": …}}. Default: none.',
        True,
    ),
    Setting("OA_CAP_STEPS", _whole(1, 10_000), "32", "Most steps of a run."),
    Setting("OA_CAP_WALL_CLOCK_S", _whole(1, 86_400), "900", "Most active seconds of a run."),
    Setting("OA_CAP_TOKENS", _whole(1, 1_000_000_000), "400000", "Most tokens of a run."),
    Setting("OA_CAP_MODEL_CALLS", _whole(1, 10_000), "48", "Most model calls of a run."),
    Setting("OA_CAP_TOOL_CALLS", _whole(1, 10_000), "96", "Most tool calls of a run."),
    Setting("OA_MAX_RUNS_PER_OWNER", _whole(1, 1_000_000), "1000", "Live runs of one owner."),
    Setting("OA_MAX_WAITING_PER_THREAD", _whole(0, 1000), "5", "Runs of a thread that wait."),
    Setting("OA_MAX_FRAMES_PER_S", _whole(1, 10_000), "20", "New frames of one run in a second."),
    Setting("OA_MAX_STREAMS_PER_RUN", _whole(1, 100_000), "1000", "Of a run, in one process."),
    Setting("OA_MAX_STREAMS_PER_OWNER", _whole(1, 100_000), "1000", "To an owner, in one process."),
    Setting("OA_MAX_STREAMS_PER_PROCESS", _whole(1, 100_000), "5000", "Streams of one process."),
    Setting("OA_MAX_TOOL_TASKS_PER_RUN", _whole(1, 10_000), "64", "Open tool tasks of one run."),
    Setting("OA_MAX_TOOL_TASKS", _whole(1, 1_000_000), "2000", "Open tool tasks in all."),
    Setting("OA_SLOTS_PER_THREAD", _whole(1, 1000), "1", "Runs of one thread at work at once."),
    Setting("OA_SLOTS_PER_OWNER", _whole(1, 1000), "8", "Runs of one owner at work at once."),
    Setting("OA_SLOTS_PER_AUTOPILOT", _whole(1, 1000), "16", "The same of one autopilot."),
    Setting("OA_LEASE_TTL_S", _seconds(2, 600), "20", "How long a lease lasts without a renewal."),
    Setting("OA_LEASE_HEARTBEAT_S", _seconds(0.2, 60), "5", "How often leases are renewed."),
    Setting(
        "OA_DRAIN_S",
        _seconds(0, 600),
        "20",
        "How long a model call may go on once its worker is asked to stop.",
    ),
    Setting("OA_CODE_VERSION", _text, __version__, "The release, stored with runs and leases."),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        _http,
        "",
        "Base URL of a collector that takes spans (OTLP over HTTP). Without it none are made.",
    ),
    Setting(
        "OA_METRICS_PORT",
        _whole(0, 65_535),
        "0",
        "Where /metrics is served, a port for each role; 0 serves none.",
    ),
    Setting("OA_METRICS_ADDRESS", _text, "127.0.0.1", "The address that it is served at."),
    Setting(
        "PROMETHEUS_MULTIPROC_DIR",
        _text,
        "",
        "Where the processes of one role count together, emptied before the role starts: for web "
        "and for workers that fork.",
    ),
    Setting("OA_LOG_LEVEL", _level, "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting(
        "OA_OPERATOR",
        _operator,
        "",
        "Who you are, for acts on the command line. Default on the local stack: your login name.",
    ),
    Setting("OA_ROLE", _text, "", "The name of this process's role in logs and leases."),
    Setting("OA_READY_FILE", _text, "", "A file that a worker makes once it consumes its queues."),
)


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process, as the rooms want them."""

    database: DatabaseSettings
    database_app_url: str
    broker_url: str
    key_ring: KeyRing
    sanitizer_keys: PseudonymKeys
    require_request_binding: bool
    max_body_bytes: int
    body_within_s: float
    max_failed_signatures: int
    defaults: RunDefaults
    admission: AdmissionLimits
    streams: StreamLimits
    tool_tasks: TaskLimits
    slots: SlotLimits
    lease_policy: LeasePolicy
    drain_s: float
    system_prompt: str
    openai_api_key: str
    openai_base_url: str
    egress_allow: Allowlist
    egress_proxy: Proxy | None
    egress_credentials: Mapping[str, Credential]
    telemetry: TelemetrySettings
    log_level: str
    operator: str
    role: str
    ready_file: str

    def __repr__(self) -> str:
        return f"Config(role={self.role!r}, code_version={self.defaults.code_version!r}, …)"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Config":
        """Read the settings once; an empty value counts as not given.

        Raises:
            BadSettings: everything that is missing or wrong, together.
        """
        values = _read(environ)
        fallback = "openai/gpt-4o-mini" if values["OPENAI_API_KEY"] else "scripted/demo"
        return cls(
            database=DatabaseSettings(
                url=values["DATABASE_URL"],
                direct_url=values["OA_DATABASE_DIRECT_URL"] or values["DATABASE_URL"],
                pool_size=values["OA_DATABASE_POOL"],
            ),
            database_app_url=values["OA_DATABASE_APP_URL"],
            broker_url=values["OA_BROKER_URL"],
            key_ring=values["OA_SIGNING_KEYS"],
            sanitizer_keys=values["OA_SANITIZER_KEYS"],
            require_request_binding=values["OA_AUTH_REQUIRE_REQUEST_BINDING"],
            max_body_bytes=values["OA_MAX_BODY_BYTES"],
            body_within_s=values["OA_BODY_WITHIN_S"],
            max_failed_signatures=values["OA_MAX_FAILED_SIGNATURES"],
            defaults=RunDefaults(
                model=values["OA_DEFAULT_MODEL"] or fallback,
                caps=Caps(
                    steps=values["OA_CAP_STEPS"],
                    wall_clock_s=values["OA_CAP_WALL_CLOCK_S"],
                    tokens=values["OA_CAP_TOKENS"],
                    model_calls=values["OA_CAP_MODEL_CALLS"],
                    tool_calls=values["OA_CAP_TOOL_CALLS"],
                ),
                code_version=values["OA_CODE_VERSION"],
            ),
            admission=AdmissionLimits(
                values["OA_MAX_RUNS_PER_OWNER"],
                values["OA_MAX_WAITING_PER_THREAD"],
                values["OA_MAX_FRAMES_PER_S"],
            ),
            streams=StreamLimits(
                values["OA_MAX_STREAMS_PER_RUN"],
                values["OA_MAX_STREAMS_PER_OWNER"],
                values["OA_MAX_STREAMS_PER_PROCESS"],
            ),
            tool_tasks=TaskLimits(values["OA_MAX_TOOL_TASKS_PER_RUN"], values["OA_MAX_TOOL_TASKS"]),
            slots=SlotLimits(
                values["OA_SLOTS_PER_THREAD"],
                values["OA_SLOTS_PER_OWNER"],
                values["OA_SLOTS_PER_AUTOPILOT"],
            ),
            lease_policy=LeasePolicy(values["OA_LEASE_TTL_S"], values["OA_LEASE_HEARTBEAT_S"]),
            drain_s=values["OA_DRAIN_S"],
            system_prompt=values["OA_SYSTEM_PROMPT"],
            openai_api_key=values["OPENAI_API_KEY"],
            openai_base_url=values["OPENAI_BASE_URL"],
            egress_allow=values["OA_EGRESS_ALLOW"] or NO_HOST,
            egress_proxy=values["OA_EGRESS_PROXY"] or None,
            egress_credentials=values["OA_EGRESS_CREDENTIALS"] or {},
            telemetry=TelemetrySettings(
                otlp_endpoint=values["OTEL_EXPORTER_OTLP_ENDPOINT"],
                metrics_port=values["OA_METRICS_PORT"],
                metrics_address=values["OA_METRICS_ADDRESS"],
                metrics_dir=values["PROMETHEUS_MULTIPROC_DIR"],
            ),
            log_level=values["OA_LOG_LEVEL"],
            operator=values["OA_OPERATOR"],
            role=values["OA_ROLE"],
            ready_file=values["OA_READY_FILE"],
        )


def _model_problems(values: Mapping[str, Any]) -> list[str]:
    """Why the default model cannot answer; each with its remedy."""
    model = values.get("OA_DEFAULT_MODEL")
    if not model:
        return []
    provider, _, name = model.partition("/")
    if provider not in ("scripted", "openai") or not name:
        known = "scripted/… or openai/…"
        return [f"OA_DEFAULT_MODEL must be provider/model ({known}), not {model!r}"]
    if provider == "openai" and not values.get("OPENAI_API_KEY"):
        return [f"OA_DEFAULT_MODEL is {model!r}, which needs OPENAI_API_KEY"]
    return []


def _read(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for setting in SETTINGS:
        given = environ.get(setting.name) or setting.default
        if given is None:
            problems.append(f"{setting.name} is missing: {setting.doc}")
            continue
        try:
            values[setting.name] = setting.read(given) if given or setting.default else ""
        except ValueError as error:
            shown = "" if setting.secret else f", not {given!r}"
            problems.append(f"{setting.name} {error}{shown}")
    problems += _model_problems(values)
    if problems:
        raise BadSettings("\n".join(problems))
    if values["OA_LEASE_HEARTBEAT_S"] * 2 > values["OA_LEASE_TTL_S"]:
        raise BadSettings("OA_LEASE_HEARTBEAT_S must be at most half of OA_LEASE_TTL_S")
    return values
