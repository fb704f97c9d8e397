"""The services of docker-compose.yml as processes: the same commands, variables and probes."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from docs.compose_file import ARTIFACTS_FOLDER, HEALTH_FILE, METRICS_FOLDER, READY_FILE
from runtime_app.local.ports import free_port
from runtime_app.roles import DEPLOYED
from runtime_app.security.key_ring import KeyRing
from runtime_app.smoke import STEPS
from tests.cli.conftest import empty_database_url  # noqa: F401 - fixture
from tests.support import packs
from tests.support.api import Api, fresh, parts
from tests.support.compose import config, example
from tests.support.image import installed
from tests.support.stack import eventually

UP_WITHIN_S = 180.0
#: A pack with a tool whose output is larger than what the log takes.
PACK = {
    "pyproject.toml": """
[project]
name = "wordy-tools"
version = "1.0"

[project.entry-points."openagents_runtime.tool_packs"]
wordy = "wordy_tools:pack"
""",
    "wordy_tools.py": """
from runtime_app.tools.spec import Tool, ToolSpec

def pack(kit):
    spec = ToolSpec("wordy", "For tests.", {"type": "object"}, idempotent=True)
    return [Tool(spec, lambda arguments, context: "word " * 20_000)]
""",
}


@dataclass
class Services:
    """The services, without containers around them.

    Args:
        told: what docker-compose makes of the file.
        replaced: what stands for names and addresses that only a network of containers has.
    """

    told: Mapping[str, Any]
    replaced: Mapping[str, str]
    folder: Path
    environ: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start one, as its service says."""
        home = self.folder / name
        (home / "metrics").mkdir(parents=True)
        self.metrics[name] = str(free_port())
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                self._here(name, self.told[name]["command"]),
                cwd=home,
                env=self._environ(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def run(self, name: str) -> str:
        """Run one to its end, which must be a good one; what it has said."""
        status = self.start(name).wait(timeout=120)
        assert status == 0, f"{name} ended with {status}: {self.log(name)}"
        return self.log(name)

    def ready(self, name: str) -> bool:
        """Whether the probe of the service is content."""
        assert self.running[name].poll() is None, f"{name} ended: {self.log(name)}"
        kind, *probe = self.told[name]["healthcheck"]["test"]
        assert kind == "CMD"
        done = subprocess.run(
            self._here(name, probe), env=self._environ(name), capture_output=True, check=False
        )
        return done.returncode == 0

    def log(self, name: str) -> str:
        return (self.folder / name / "log").read_text(encoding="utf-8", errors="replace")

    def _environ(self, name: str) -> dict[str, str]:
        given = self.told[name].get("environment", {})
        return {**{k: self._text(name, v) for k, v in given.items()}, **self.environ}

    def _here(self, name: str, command: list[str]) -> list[str]:
        return [self._text(name, part) for part in command]

    def _text(self, name: str, text: str) -> str:
        home = self.folder / name
        own = {
            READY_FILE: str(home / "ready"),
            HEALTH_FILE: str(home / "health"),
            METRICS_FOLDER: str(home / "metrics"),
            "9090": self.metrics[name],
            "python": sys.executable,
        }
        if text in own:
            return own[text]
        for ours, real in self.replaced.items():
            text = text.replace(ours, real)
        return text


@contextmanager
def ended(services: Services) -> Iterator[Services]:
    """The same; at the end nothing of it is left."""
    try:
        yield services
    finally:
        for process in services.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def services(
    stack_state: dict[str, Any],
    empty_database_url: str,  # noqa: F811
    tmp_path: Path,
) -> Iterator[Services]:
    """Every service on an empty database of its own, and a corner of the broker of its own."""
    values = example() | {"OA_TOOL_PACKS": "core,wordy"}
    owner = urlsplit(empty_database_url)
    login = f"oa_login_{uuid.uuid4().hex[:8]}:{values['OA_LOGIN_PASSWORD']}"
    login_url = f"postgresql://{login}@{owner.hostname}:{owner.port}{owner.path}"
    inside = "postgres:5432/runtime"
    replaced = {
        f"postgresql://runtime:{values['POSTGRES_PASSWORD']}@{inside}": empty_database_url,
        f"postgresql://oa_login:{values['OA_LOGIN_PASSWORD']}@{inside}": login_url,
        f"redis://:{values['BROKER_PASSWORD']}@redis:6379/0": (
            stack_state["broker_url"].rpartition("/")[0] + "/7"
        ),
        "http://web:4000": f"http://127.0.0.1:{(web := free_port())}",
        "0.0.0.0": "127.0.0.1",
        ":4000": f":{web}",
        "5555": str(free_port()),
        ARTIFACTS_FOLDER: str(tmp_path / "artifacts"),
    }
    told = yaml.safe_load(config(values).stdout)["services"]
    package = installed(tmp_path / "image")
    (tmp_path / "pack").mkdir()
    for name, text in PACK.items():
        (tmp_path / "pack" / name).write_text(text)
    packs.installed(package.packages, tmp_path / "pack")
    environ = {"PATH": os.environ["PATH"], **package.environ}
    with ended(Services(told, replaced, tmp_path, environ)) as found:
        yield found


def test_every_service_starts_serves_and_ends_in_its_time(services: Services):
    assert "schema" in services.run("migrate")
    names = [role.name for role in DEPLOYED]
    for name in names:
        services.start(name)
    for name in names:
        eventually(
            lambda name=name: services.ready(name), within_s=UP_WITHIN_S, what=f"{name} is ready"
        )

    visited = services.run("smoke")

    assert [line.split()[:2] for line in visited.splitlines()] == [["ok", s.name] for s in STEPS]

    _a_large_output_is_kept_whole(services)

    asked_s = time.monotonic()
    for name in names:
        services.running[name].send_signal(signal.SIGTERM)
    for role in DEPLOYED:
        left_s = max(0.1, role.grace_s - (time.monotonic() - asked_s))
        assert services.running[role.name].wait(timeout=left_s) == 0, services.log(role.name)


def _a_large_output_is_kept_whole(services: Services) -> None:
    """A tool says more than the log takes: the log has its beginning, the volume the whole."""
    [key] = KeyRing.parse(example()["OA_SIGNING_KEYS"]).keys
    api = Api(services.replaced["http://web:4000"], key)
    model = "scripted/call?tool=wordy"
    answer = parts(list(api.run_and_stream(fresh(), fresh("t"), "{}", model=model)))
    [output] = [each["output"] for each in answer if each["type"] == "tool-output-available"]
    assert output["bytes"] == 100_002
    whole = Path(services.replaced[ARTIFACTS_FOLDER]) / output["artifact"]
    assert whole.stat().st_size == output["bytes"]
