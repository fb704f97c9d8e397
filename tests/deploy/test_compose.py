"""docker-compose.yml says what the table of roles says, and closes what it can."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.compose_file import ARTIFACTS_FOLDER, VALUES, compose
from runtime_app.bootstrap.worker import WorkerRuntime
from runtime_app.config import SETTINGS, BadSettings, Config
from runtime_app.roles import DEPLOYED, JOBS, Peer, Ready, Role
from tests.support.compose import EXAMPLE, config, example, template
from tests.support.stack import PROJECT

ROLES = {role.name: role for role in (*JOBS, *DEPLOYED)}
SERVERS = {"postgres", "redis"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """What docker-compose makes of the file, with the values of the example."""
    done = config(example())
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)["services"]


def test_every_role_is_a_service_with_the_command_of_the_table(services: dict[str, Any]):
    assert set(services) == SERVERS | set(ROLES)
    for name, role in ROLES.items():
        assert services[name]["command"] == role.argv(VALUES), name
        assert services[name]["image"] == "openagents-runtime:local"


def test_a_role_has_its_time_to_end_its_ports_and_its_variables(services: dict[str, Any]):
    for name, role in ROLES.items():
        service = services[name]
        environ = service["environment"]
        assert _seconds(service["stop_grace_period"]) == role.grace_s
        assert [int(port) for port in service.get("expose", [])] == (
            [role.metrics_port] if role.metrics_port else []
        )
        assert environ.get("OA_METRICS_PORT", "0") == str(role.metrics_port)
        assert [str(port) for port in service.get("ports", [])] == (
            [f"127.0.0.1:{role.port}:{role.port}/tcp"] if role.port else []
        )
        assert role.environ.items() <= environ.items()
        assert ("PROMETHEUS_MULTIPROC_DIR" in environ) == bool(
            role.metrics_port and role.counts_together
        )
        assert ("OA_READY_FILE" in environ) == (role.ready is Ready.MARK)


def test_a_role_waits_for_what_it_needs(services: dict[str, Any]):
    for name, role in ROLES.items():
        after = {each: rule["condition"] for each, rule in services[name]["depends_on"].items()}
        assert ("postgres" in after) == (Peer.POSTGRES in role.needs), name
        assert ("redis" in after) == (Peer.BROKER in role.needs), name
        assert ("migrate" in after) == (role in DEPLOYED and Peer.POSTGRES in role.needs), name
    assert services["web"]["depends_on"]["migrate"] == {
        "condition": "service_completed_successfully"
    }


def test_a_secret_goes_to_those_that_use_it_alone(services: dict[str, Any]):
    for setting in SETTINGS:
        if setting.secret and setting.roles:
            given = {name for name in ROLES if setting.name in services[name]["environment"]}
            beside = {"smoke"} if setting.name == "OA_SIGNING_KEYS" else set()
            assert given == set(setting.roles) | beside, setting.name
    owner = services["migrate"]["environment"]["DATABASE_URL"]
    login = services["web"]["environment"]["DATABASE_URL"]
    assert services["migrate"]["environment"]["OA_DATABASE_APP_URL"] == login != owner
    assert [n for n in ROLES if owner in services[n]["environment"].values()] == ["migrate"]


def test_every_setting_that_is_no_secret_can_be_given(services: dict[str, Any]):
    told = example() | {"OA_CAP_STEPS": "7", "OA_EGRESS_ALLOW": "example.org"}
    changed = yaml.safe_load(config(told).stdout)["services"]
    for name in set(ROLES) - {"smoke"}:
        assert changed[name]["environment"]["OA_CAP_STEPS"] == "7"
        assert changed[name]["environment"]["OA_EGRESS_ALLOW"] == "example.org"
        assert services[name]["environment"]["OA_CAP_STEPS"] == ""


def test_no_service_can_write_its_root_or_gain_rights(services: dict[str, Any]):
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service
    for name in ROLES:
        assert [mount.partition(":")[0] for mount in services[name]["tmpfs"]] == [
            "/tmp",
            "/run/metrics",
        ]
        kept = [f"artifacts:{ARTIFACTS_FOLDER}:rw"] if Peer.ARTIFACTS in ROLES[name].reaches else []
        assert services[name].get("volumes", []) == kept


@pytest.fixture(scope="module")
def anchoring() -> dict[str, Any]:
    """The services where keys of anchors are given as well."""
    told = example() | {"OA_ANCHOR_KEYS": "a1:0123456789abcdef0123456789abcdef"}
    return yaml.safe_load(config(told).stdout)["services"]


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
def test_who_keeps_files_knows_where_and_who_anchors_knows_the_keys(
    anchoring: dict[str, Any], role: Role
):
    environ = anchoring[role.name]["environment"]
    calls = any(queue.startswith("tools") for queue in role.queues)
    anchors = role.name == "web" or "anchors" in role.queues
    place = f"file://{ARTIFACTS_FOLDER}" if calls or anchors else ""
    assert environ.get("OA_ARTIFACTS_URL", "") == place
    assert bool(environ.get("OA_ANCHOR_KEYS")) == anchors
    if role.queues:
        runtime = WorkerRuntime.build(Config.from_env(environ))
        assert bool(runtime.tools.artifacts) == bool(place)
        assert bool(runtime.anchors) == anchors


def test_files_are_kept_where_the_image_lets_its_account_write():
    made = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"--owner 10001 --group 10001 --mode 0700 /run/metrics {ARTIFACTS_FOLDER}" in made


def test_what_need_not_go_out_cannot(services: dict[str, Any]):
    networks = yaml.safe_load(compose())["networks"]
    assert networks["inside"] == {"internal": True}
    closed = {name for name, service in services.items() if list(service["networks"]) == ["inside"]}
    assert closed == {"postgres", "redis", "migrate", "smoke", "beat"}


def test_everything_that_stays_up_is_probed_and_started_again(services: dict[str, Any]):
    jobs = {role.name for role in JOBS}
    for name, service in services.items():
        assert ("healthcheck" in service) == (name not in jobs), name
        assert service["restart"] == ("no" if name in jobs else "unless-stopped"), name


def test_a_worker_is_asked_whether_it_hears(services: dict[str, Any]):
    for role in ROLES.values():
        environ, probe = services[role.name]["environment"], services[role.name].get("healthcheck")
        assert ("OA_HEALTH_FILE" in environ) == bool(role.queues)
        if role.queues:
            assert probe["test"] == ["CMD", "python", "-m", "runtime_app", "probe", "worker"]
            assert environ["OA_HEALTH_FILE"].startswith("/tmp/")


@pytest.mark.parametrize("name", sorted(example()))
def test_what_must_be_given_is_asked_for_by_name(name: str):
    given = {key: value for key, value in example().items() if key != name}
    done = config(given)
    assert done.returncode != 0
    assert name in done.stderr
    assert "set it in .env" in done.stderr


def test_no_role_starts_on_what_the_example_has_for_secrets():
    assert all("change-me" in value for value in template().values())
    services = yaml.safe_load(config(template()).stdout)["services"]
    for name in set(ROLES) - {"smoke"}:
        with pytest.raises(BadSettings, match="change-me"):
            Config.from_env(services[name]["environment"])

    environ = {**services["migrate"]["environment"], "PATH": os.environ["PATH"]}
    command = [sys.executable, *services["migrate"]["command"][1:]]
    done = subprocess.run(
        command, env=environ, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert "DATABASE_URL has the template's change-me: put a secret of your own" in done.stderr


def test_the_example_names_every_variable_of_the_file():
    text = EXAMPLE.read_text(encoding="utf-8")
    settings = {setting.name for setting in SETTINGS}
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", compose()))
    assert used - settings - set(re.findall(r"^(?:# )?(\w+)=", text, re.MULTILINE)) == set()


def test_the_file_on_disk_is_what_the_tables_say():
    assert Path(PROJECT / "docker-compose.yml").read_text(encoding="utf-8") == compose()


def _seconds(text: str) -> float:
    minutes, seconds = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", text).groups()  # type: ignore[union-attr]
    return 60.0 * int(minutes or 0) + int(seconds or 0)


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
def test_the_chart_starts_the_same_process_with_the_same_variables(
    services: dict[str, Any], role: Role
):
    tables = PROJECT / "helm" / "openagents-runtime" / "tables" / "roles.yaml"
    row = yaml.safe_load(tables.read_text(encoding="utf-8"))[role.name]
    service = services[role.name]
    filled = {"{concurrency}": str(role.concurrency), "{url}": VALUES["url"]}
    assert [filled.get(part, part) for part in row["command"]] == service["command"]
    assert row["graceSeconds"] == _seconds(service["stop_grace_period"])
    assert row["environ"].items() <= (service["environment"] | _unlike(role)).items()
    assert set(row["secrets"]) - set(service["environment"]) == set()


def _unlike(role: Role) -> dict[str, str]:
    """What the chart tells a job that reads no settings, and what only it probes by."""
    return {"OA_ROLE": role.name}
