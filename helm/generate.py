"""Write what the chart knows from the code, with the pages: `python -m docs.generate [--check]`.

Templates read the tables; the schema of the values names the settings and the roles. `--check`
writes nothing and exits with 1 when a file on disk is not what the code says.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from helm.values_schema import values_schema
from runtime_app.config import SETTINGS
from runtime_app.egress import addresses
from runtime_app.roles import DEPLOYED, JOBS, Peer, Ready, Role

CHART = Path(__file__).parent / "openagents-runtime"
READY_FILE, HEALTH_FILE, METRICS_FOLDER = "/tmp/ready", "/tmp/health", "/run/metrics"

#: When Helm runs a job, and how long it may take, in seconds.
HOOKS: Mapping[str, tuple[str, int]] = {
    "migrate": ("pre-install,pre-upgrade", 600),
    "smoke": ("post-install,post-upgrade", 120),
}
#: Jobs whose acts are kept in the audit log, and so need a name to act under.
ACTING = ("migrate",)
#: Where a job finds a setting under another name: it has the owner's login, and makes the others'.
OTHERWISE: Mapping[str, Mapping[str, str | None]] = {
    "migrate": {
        "DATABASE_URL": "OA_DATABASE_OWNER_URL",
        "OA_DATABASE_DIRECT_URL": None,
        "OA_DATABASE_APP_URL": "DATABASE_URL",
    }
}
#: All that a job is given which speaks HTTP alone and reads no settings: a key of its own.
OWN_SECRETS: Mapping[str, Mapping[str, str]] = {"smoke": {"OA_SIGNING_KEYS": "OA_SMOKE_KEY"}}
#: What only the role reads itself, not through the table of settings.
FURTHER_SECRETS: Mapping[str, tuple[str, ...]] = {
    "flower": ("FLOWER_BASIC_AUTH", "FLOWER_COOKIE_SECRET")
}
#: Who may come to the port where a role serves.
CALLERS: Mapping[str, tuple[str, ...]] = {"web": ("laravel", "smoke"), "flower": ("operators",)}
#: By what a role is scaled where KEDA does it.
WORK = {"web": "streams", "worker-runs": "runs", "worker-tools": "tools"}
PLACES = {
    Peer.POSTGRES: "postgres",
    Peer.BROKER: "broker",
    Peer.WEB: "web",
    Peer.OUTSIDE: "outside",
    Peer.WALLET: "wallet",
    Peer.ARTIFACTS: "artifacts",
}
_HEAD = "# Printed by helm/generate.py. Change the table it names, then run `make docs`.\n"


def main(argv: Sequence[str]) -> int:
    """Write every file, or with `--check` look whether they are fresh; the exit code."""
    old = [name for name, text in files().items() if _text(CHART / name) != text]
    if argv:
        if old:
            sys.stderr.write(f"stale in the chart: {', '.join(old)}; run `make docs`\n")
        return 1 if old else 0
    for name in old:
        (CHART / name).write_text(files()[name], encoding="utf-8")
        sys.stdout.write(f"written: helm/{CHART.name}/{name}\n")
    return 0


def files() -> Mapping[str, str]:
    """The text of every file by its name in the chart."""
    roles = {role.name: row(role) for role in (*DEPLOYED, *JOBS)}
    schema = json.dumps(values_schema(roles), indent=2, ensure_ascii=False)
    return {
        "tables/roles.yaml": _yaml("runtime_app/roles.py", roles),
        "tables/outside.yaml": _yaml("runtime_app/egress/addresses.py", outside()),
        "values.schema.json": schema + "\n",
    }


def row(role: Role) -> dict[str, Any]:
    """What templates need to know of a role."""
    found: dict[str, Any] = {
        "kind": "Job" if role in JOBS else "Deployment",
        "command": _command(role),
        "concurrency": role.concurrency,
        "environ": _environ(role),
        "readsSettings": role.name not in OWN_SECRETS,
        "secrets": _secrets(role.name),
        "ports": _ports(role),
        "ready": role.ready.name.lower(),
        "alone": role.alone,
        "graceSeconds": int(role.grace_s),
        "reaches": _reaches(role),
        "reachedBy": [
            {"port": port, "from": list(CALLERS[role.name] if port == "http" else ("prometheus",))}
            for port in _ports(role)
        ],
    }
    if role.name in HOOKS:
        found["hook"], found["withinSeconds"] = HOOKS[role.name]
    if role.name in ACTING:
        found["acts"] = True
    if role.name in WORK:
        found["work"] = WORK[role.name]
    if role.metrics_port and role.counts_together:
        found["metricsFolder"] = METRICS_FOLDER
    return found


def _reaches(role: Role) -> list[str]:
    """Executors go out for models alone; who does work tells spans of it."""
    found = [PLACES[peer] for peer in (*role.needs, *role.reaches)]
    if "runs" in role.queues:
        found[found.index("outside")] = "models"
    return [*found, "collector"] if role.queues or role.name == "web" else found


def _command(role: Role) -> list[str]:
    """Its argv; how many at once, and where web is, is left to the templates."""
    return role.argv(
        {
            "python": "python",
            "address": "0.0.0.0",
            "beat_schedule": "/tmp/beat-schedule",
            "concurrency": "{concurrency}",
            "url": "{url}",
        }
    )


def _environ(role: Role) -> dict[str, str]:
    environ = {"OA_ROLE": role.name, **role.environ}
    if role.ready is Ready.MARK:
        environ["OA_READY_FILE"] = READY_FILE
    if role.queues:
        environ["OA_HEALTH_FILE"] = HEALTH_FILE
    if role.metrics_port:
        environ |= {"OA_METRICS_PORT": str(role.metrics_port), "OA_METRICS_ADDRESS": "0.0.0.0"}
        if role.counts_together:
            environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER
    return environ


def _secrets(role: str) -> dict[str, str]:
    """Variable of the environment -> its name among the values' secrets."""
    if role in OWN_SECRETS:
        return dict(OWN_SECRETS[role])
    names = [
        *(s.name for s in SETTINGS if s.secret and s.is_for(role)),
        *FURTHER_SECRETS.get(role, ()),
    ]
    otherwise = OTHERWISE.get(role, {})
    found = {name: otherwise.get(name, name) for name in names}
    return {name: secret for name, secret in found.items() if secret}


def _ports(role: Role) -> dict[str, int]:
    ports = {"http": role.port, "metrics": role.metrics_port}
    return {name: port for name, port in ports.items() if port}


def outside() -> dict[str, list[str]]:
    """Blocks of public addresses, each with the ranges in it that are not public."""
    return {
        "0.0.0.0/0": list(map(str, addresses.NOT_PUBLIC_V4)),
        str(addresses.UNICAST_V6): list(map(str, addresses.NOT_PUBLIC_V6)),
    }


def _yaml(source: str, table: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(dict(table), sort_keys=False, width=96, allow_unicode=True)
    return _HEAD.replace("the table it names", source) + text


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
