"""docker-compose.yml, printed from the table of roles and the settings."""

import json
from collections.abc import Iterator, Mapping

from runtime_app.config import SETTINGS
from runtime_app.roles import DEPLOYED, JOBS, Peer, Ready, Role

READY_FILE, HEALTH_FILE, METRICS_FOLDER = "/tmp/ready", "/tmp/health", "/run/metrics"
ARTIFACTS_FOLDER = "/var/lib/openagents"
#: What a command is filled in with.
VALUES = {
    "python": "python",
    "address": "0.0.0.0",
    "beat_schedule": "/tmp/beat-schedule",
    "url": "http://web:4000",
}
_OWNER = "postgresql://runtime:${POSTGRES_PASSWORD:?set it in .env}@postgres:5432/runtime"
_LOGIN = "postgresql://oa_login:${OA_LOGIN_PASSWORD:?set it in .env}@postgres:5432/runtime"
_BROKER = "redis://:${BROKER_PASSWORD:?set it in .env}@redis:6379/0"
#: Settings that the file knows itself, because it brings the servers and the volume.
_WIRED: Mapping[str, str] = {
    "DATABASE_URL": _LOGIN,
    "OA_DATABASE_DIRECT_URL": _LOGIN,
    "OA_BROKER_URL": _BROKER,
    "OA_ARTIFACTS_URL": f"${{OA_ARTIFACTS_URL:-file://{ARTIFACTS_FOLDER}}}",
}
#: The job that makes the schema owns it, and lets the others in.
_MIGRATING: Mapping[str, str] = {
    "DATABASE_URL": _OWNER,
    "OA_DATABASE_DIRECT_URL": _OWNER,
    "OA_DATABASE_APP_URL": _LOGIN,
    "OA_OPERATOR": "${OA_OPERATOR:-compose}",
}
#: What is the file's to say, or each role's.
_NOT_ASKED = frozenset(
    {
        "OA_ROLE",
        "OA_OPERATOR",
        "OA_READY_FILE",
        "OA_HEALTH_FILE",
        "OA_METRICS_PORT",
        "OA_METRICS_ADDRESS",
        "PROMETHEUS_MULTIPROC_DIR",
        "OA_CODE_VERSION",
    }
)
_FLOWER: Mapping[str, str] = {
    "FLOWER_BASIC_AUTH": "${FLOWER_BASIC_AUTH:?set it in .env, NAME:PASSWORD}",
    "FLOWER_COOKIE_SECRET": "${FLOWER_COOKIE_SECRET:?set it in .env}",
}
_HOST_PORTS = {"web": "OA_PORT", "flower": "OA_FLOWER_PORT"}

_HEAD = """\
# Printed by docs/compose_file.py from runtime_app/roles.py and the settings: change these, then run
# `make docs`. The values come from .env beside this file; docker-compose.env has what to put there.

x-role: &role
  image: ${OA_IMAGE:-openagents-runtime:local}
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  tmpfs:
    - "/tmp:mode=1777,size=64m"
    - "/run/metrics:uid=10001,gid=10001,mode=0700,size=32m"

x-settings: &settings
"""
_SERVERS = """
services:
  postgres:
    image: ${OA_POSTGRES_IMAGE:-postgres:17-bookworm}
    user: postgres
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    tmpfs: ["/tmp:mode=1777,size=64m", "/var/run/postgresql:mode=1777,size=1m"]
    environment:
      POSTGRES_USER: runtime
      POSTGRES_DB: runtime
      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it in .env}
    volumes: ["postgres:/var/lib/postgresql/data"]
    networks: [inside]
    healthcheck:
      test: [CMD, pg_isready, -U, runtime, -d, runtime]
      interval: 5s
      timeout: 3s
      retries: 12
    # Until it has ended the sessions that are left.
    stop_signal: SIGINT
    stop_grace_period: 60s
    restart: unless-stopped

  redis:
    image: ${OA_REDIS_IMAGE:-redis:7.4-bookworm}
    user: redis
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    environment:
      REDISCLI_AUTH: ${BROKER_PASSWORD:?set it in .env}
    # The password goes in by standard input: an argument would be seen by whoever lists processes.
    # Full means an error to the sender, never a message dropped in silence.
    command:
      - sh
      - -c
      - >-
        printf 'requirepass %s\\n' "$$REDISCLI_AUTH" | exec redis-server -
        --appendonly yes --appendfsync everysec --save "" --maxmemory-policy noeviction
    volumes: ["redis:/data"]
    networks: [inside]
    healthcheck:
      test: [CMD-SHELL, "redis-cli ping | grep -q PONG"]
      interval: 5s
      timeout: 3s
      retries: 12
    stop_grace_period: 30s
    restart: unless-stopped
"""
_TAIL = """
networks:
  # Postgres and the broker have no way out, and neither have roles that need none.
  inside: {internal: true}
  outside: {}

volumes:
  postgres: {}
  redis: {}
  artifacts: {}
"""


def compose() -> str:
    """The whole file."""
    passed = "".join(f"  {name}: ${{{name}:-}}\n" for name in passed_on())
    services = "".join("\n" + "\n".join(_service(role)) + "\n" for role in (*JOBS, *DEPLOYED))
    return _HEAD + passed + _SERVERS + services + _TAIL


def passed_on() -> list[str]:
    """The settings that every role is given as they are; empty is their default."""
    return [
        setting.name
        for setting in SETTINGS
        if not setting.secret and setting.default is not None and setting.name not in _NOT_ASKED
    ]


def environment(role: Role) -> dict[str, str]:
    """What `role` is given beside the settings that all have."""
    if role.name == "smoke":
        # It speaks HTTP alone and reads no settings.
        return {"OA_SIGNING_KEYS": _asked("OA_SIGNING_KEYS", required=True)}
    found = {"OA_ROLE": role.name, **role.environ}
    for setting in SETTINGS:
        if setting.secret and setting.is_for(role.name):
            asked = _asked(setting.name, required=setting.default is None)
            found[setting.name] = _WIRED.get(setting.name, asked)
    if role.name == "migrate":
        found |= _MIGRATING
    if role.name == "flower":
        found |= _FLOWER
    if role.ready is Ready.MARK:
        found["OA_READY_FILE"] = READY_FILE
    if role.queues:
        found["OA_HEALTH_FILE"] = HEALTH_FILE
    if role.metrics_port:
        found |= {"OA_METRICS_PORT": str(role.metrics_port), "OA_METRICS_ADDRESS": "0.0.0.0"}
        if role.counts_together:
            found["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER
    return found


def _asked(name: str, *, required: bool) -> str:
    return f"${{{name}:?set it in .env}}" if required else f"${{{name}:-}}"


def _service(role: Role) -> Iterator[str]:
    yield f"  {role.name}:"
    yield "    <<: *role"
    if role.name == "smoke":
        yield "    # docker-compose run --rm smoke"
        yield "    profiles: [smoke]"
    yield f"    command: {json.dumps(role.argv(VALUES))}"
    yield "    environment:"
    if role.name != "smoke":
        yield "      <<: *settings"
    for name, value in environment(role).items():
        yield f"      {name}: {json.dumps(value)}"
    if Peer.ARTIFACTS in role.reaches:
        yield f'    volumes: ["artifacts:{ARTIFACTS_FOLDER}"]'
    yield f"    networks: [{', '.join(networks(role))}]"
    if role.port:
        host = _HOST_PORTS[role.name]
        yield f'    ports: ["127.0.0.1:${{{host}:-{role.port}}}:{role.port}"]'
    if role.metrics_port:
        yield f'    expose: ["{role.metrics_port}"]'
    yield "    depends_on:"
    for other, condition in _after(role).items():
        yield f"      {other}: {{condition: {condition}}}"
    test = _probe(role)
    if test:
        # A worker's probe is a Python of its own: less often.
        every_s, within_s, retries = (15, 10, 4) if role.queues else (5, 5, 12)
        yield "    healthcheck:"
        yield f"      test: {json.dumps(['CMD', *test])}"
        yield f"      interval: {every_s}s"
        yield f"      timeout: {within_s}s"
        yield f"      retries: {retries}"
    yield f"    stop_grace_period: {role.grace_s:g}s"
    yield f"    restart: {json.dumps('no') if role in JOBS else 'unless-stopped'}"


def networks(role: Role) -> list[str]:
    """`outside` for those that reach it, and for those whose port is published."""
    return ["inside", "outside"] if role.port or Peer.OUTSIDE in role.reaches else ["inside"]


def _after(role: Role) -> dict[str, str]:
    if Peer.WEB in role.needs:
        return {"web": "service_healthy", "worker-runs": "service_healthy"}
    servers = {Peer.POSTGRES: "postgres", Peer.BROKER: "redis"}
    found = {servers[peer]: "service_healthy" for peer in role.needs}
    if role not in JOBS and Peer.POSTGRES in role.needs:
        found["migrate"] = "service_completed_successfully"
    return found


def _probe(role: Role) -> tuple[str, ...]:
    """Exits with 0 once the role is ready, and of a worker as long as it hears; of a job, none."""
    if role.queues:
        return ("python", "-m", "runtime_app", "probe", "worker")
    look = "import urllib.request as u; u.urlopen('http://127.0.0.1:{}{}', timeout=4)"
    if role.ready is Ready.MARK:
        return ("test", "-e", READY_FILE)
    if role.ready is Ready.PAGE:
        return ("python", "-c", look.format(role.port, "/readyz"))
    if role.ready is Ready.PORT:
        return ("python", "-c", look.format(role.port, "/healthcheck"))
    return ()
