"""docker-compose as it reads our file; no container engine is needed for that."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from tempfile import NamedTemporaryFile

from tests.support.stack import PROJECT

EXAMPLE = PROJECT / "docker-compose.env"


def template() -> dict[str, str]:
    """The values that must be given, as the example has them."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def example() -> dict[str, str]:
    """The same with secrets in their places."""
    return {name: value.replace("change-me", "of-a-test") for name, value in template().items()}


def config(values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What `docker-compose config` makes of the file, given these values and nothing else."""
    assert shutil.which("docker-compose"), "Install docker-compose (on Debian: docker-compose)."
    with NamedTemporaryFile("w", suffix=".env") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        return subprocess.run(
            ["docker-compose", "--env-file", file.name, "--profile", "smoke", "config"],
            cwd=PROJECT,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
