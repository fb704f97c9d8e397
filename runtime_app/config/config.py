"""The settings as the rooms want them: small frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime_app.config.reading import read
from runtime_app.db.settings import DatabaseSettings
from runtime_app.egress.allowlist import NO_HOST, Allowlist
from runtime_app.egress.proxy import Proxy
from runtime_app.egress.secret import Credential, Secret
from runtime_app.events.pruning import RetentionPolicy
from runtime_app.leases.lease import LeasePolicy
from runtime_app.observability.settings import TelemetrySettings
from runtime_app.providers.abilities import Abilities
from runtime_app.providers.remotes import REMOTES, RemoteSettings
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.fallbacks import NO_FALLBACK, Fallbacks
from runtime_app.resilience.rate_limits import UNLIMITED, RateTable
from runtime_app.runs.admission import AdmissionLimits, TaskLimits
from runtime_app.runs.caps import Caps
from runtime_app.runs.run import RunDefaults
from runtime_app.runs.slots import SlotLimits
from runtime_app.sanitizer import PseudonymKeys
from runtime_app.security.key_ring import KeyRing
from runtime_app.streaming.readers import StreamLimits
from runtime_app.webhooks.endpoints import Endpoint


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
    breakers: BreakerPolicy
    fallbacks: Fallbacks
    rates: RateTable
    calls_per_provider: int
    retention: RetentionPolicy
    artifacts_url: str
    anchor_ring: KeyRing | None
    drain_s: float
    child_drain_s: float
    system_prompt: str
    abilities: Abilities
    remotes: Mapping[str, RemoteSettings]
    tool_packs: tuple[str, ...]
    github_api_url: str
    egress_allow: Allowlist
    egress_proxy: Proxy | None
    egress_credentials: Mapping[str, Credential]
    egress_logins: tuple[str, ...]
    webhooks: Mapping[str, Endpoint]
    webhook_secrets: Mapping[str, tuple[Secret, ...]]
    webhooks_kept_s: float
    telemetry: TelemetrySettings
    log_level: str
    operator: str
    role: str
    ready_file: str
    hail_every_s: float
    deaf_after_s: float
    health_file: str

    def __repr__(self) -> str:
        return f"Config(role={self.role!r}, code_version={self.defaults.code_version!r}, …)"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Config":
        """Read the settings once; an empty value counts as not given.

        Raises:
            BadSettings: everything that is missing or wrong, together.
        """
        values = read(environ)
        remotes = {
            name: RemoteSettings(name, values[each.url_setting], values[each.key_setting])
            for name, each in REMOTES.items()
        }
        keyed = (REMOTES[name].usual_model for name, each in remotes.items() if each.api_key)
        return cls(
            database=DatabaseSettings(
                url=values["DATABASE_URL"],
                direct_url=values["OA_DATABASE_DIRECT_URL"] or values["DATABASE_URL"],
                pool_size=values["OA_DATABASE_POOL"],
            ),
            database_app_url=values["OA_DATABASE_APP_URL"],
            broker_url=values["OA_BROKER_URL"],
            key_ring=values["OA_SIGNING_KEYS"] or KeyRing(()),
            sanitizer_keys=values["OA_SANITIZER_KEYS"],
            require_request_binding=values["OA_AUTH_REQUIRE_REQUEST_BINDING"],
            max_body_bytes=values["OA_MAX_BODY_BYTES"],
            body_within_s=values["OA_BODY_WITHIN_S"],
            max_failed_signatures=values["OA_MAX_FAILED_SIGNATURES"],
            defaults=RunDefaults(
                model=values["OA_DEFAULT_MODEL"] or next(keyed, "scripted/demo"),
                caps=Caps(
                    steps=values["OA_CAP_STEPS"],
                    wall_clock_s=values["OA_CAP_WALL_CLOCK_S"],
                    tokens=values["OA_CAP_TOKENS"],
                    model_calls=values["OA_CAP_MODEL_CALLS"],
                    tool_calls=values["OA_CAP_TOOL_CALLS"],
                ),
                code_version=values["OA_CODE_VERSION"],
                client_timeout_s=values["OA_CLIENT_TOOL_TIMEOUT_S"],
            ),
            admission=AdmissionLimits(
                values["OA_MAX_RUNS_PER_OWNER"],
                values["OA_MAX_WAITING_PER_THREAD"],
                values["OA_MAX_FRAMES_PER_S"],
                values["OA_SLOTS_PER_THREAD"],
            ),
            streams=StreamLimits(
                values["OA_MAX_STREAMS_PER_RUN"],
                values["OA_MAX_STREAMS_PER_OWNER"],
                values["OA_MAX_STREAMS_PER_PROCESS"],
                values["OA_STREAM_STALL_S"],
            ),
            tool_tasks=TaskLimits(values["OA_MAX_TOOL_TASKS_PER_RUN"], values["OA_MAX_TOOL_TASKS"]),
            slots=SlotLimits(
                values["OA_SLOTS_PER_THREAD"],
                values["OA_SLOTS_PER_OWNER"],
                values["OA_SLOTS_PER_AUTOPILOT"],
                values["OA_SLOTS_PER_PROVIDER"],
            ),
            lease_policy=LeasePolicy(values["OA_LEASE_TTL_S"], values["OA_LEASE_HEARTBEAT_S"]),
            breakers=BreakerPolicy(
                faults_in_a_row=values["OA_BREAKER_FAULTS"], open_s=values["OA_BREAKER_OPEN_S"]
            ),
            fallbacks=values["OA_FALLBACKS"] or NO_FALLBACK,
            rates=values["OA_RATE_BUDGETS"] or UNLIMITED,
            calls_per_provider=values["OA_CALLS_PER_PROVIDER"],
            retention=RetentionPolicy(
                values["OA_RETENTION_DELTA_S"], values["OA_RETENTION_PROGRESS_S"]
            ),
            artifacts_url=values["OA_ARTIFACTS_URL"],
            anchor_ring=values["OA_ANCHOR_KEYS"] or None,
            drain_s=values["OA_DRAIN_S"],
            child_drain_s=values["OA_CHILD_DRAIN_S"],
            system_prompt=values["OA_SYSTEM_PROMPT"],
            abilities=Abilities(
                values["OA_PROMPT_TOKENS"], values["OA_MODELS_WITHOUT_TOOLS"] or ()
            ),
            remotes=remotes,
            tool_packs=values["OA_TOOL_PACKS"],
            github_api_url=values["OA_GITHUB_API_URL"],
            egress_allow=values["OA_EGRESS_ALLOW"] or NO_HOST,
            egress_proxy=values["OA_EGRESS_PROXY"] or None,
            egress_credentials=values["OA_EGRESS_CREDENTIALS"] or {},
            egress_logins=values["OA_EGRESS_LOGINS"] or (),
            webhooks=values["OA_WEBHOOKS"] or {},
            webhook_secrets=values["OA_WEBHOOK_SECRETS"] or {},
            webhooks_kept_s=values["OA_RETENTION_WEBHOOKS_S"],
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
            hail_every_s=values["OA_HAIL_EVERY_S"],
            deaf_after_s=values["OA_DEAF_AFTER_S"],
            health_file=values["OA_HEALTH_FILE"],
        )
