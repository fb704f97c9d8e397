"""`make release-dry-run`: the pipeline's steps in their order, but for what needs an account.

    python -m tests.support.release_dry_run [--list] [STEP...]

A step is run by what does the same on this machine; one that cannot be is named with the reason.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support.stack import PROJECT

FILES = ("cloudbuild.yaml", "cloudbuild-prod.yaml")
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Here:
    """What a step is on this machine: commands, or why there are none."""

    commands: tuple[tuple[str, ...], ...] = ()
    left_out: str = ""


STEPS: Mapping[str, Here] = {
    "test": Here((("make", "check"), ("make", "test"))),
    "base": Here(left_out="pulls the base image: needs a container engine"),
    "build": Here(
        ((*_PYTEST, "tests/deploy/test_image.py"),),
        left_out="the image itself needs a container engine; its package is built and started",
    ),
    "scan": Here(left_out="needs an account"),
    "push": Here(left_out="needs an account"),
    "sbom": Here(left_out="needs an account"),
    "staging-access": Here(left_out="needs an account"),
    "staging": Here(
        ((*_PYTEST, "tests/chart", "tests/deploy/test_compose_starts.py"),),
        left_out="the cluster; the chart is rendered, and every role is started and passes smoke",
    ),
    "ask-for-prod": Here(left_out="needs an account, and somebody who approves"),
    "prod-access": Here(left_out="needs an account"),
    "prod": Here(left_out="needs an account; the chart is rendered with staging's"),
}


def pipeline() -> list[dict[str, Any]]:
    """The steps of both files, in order."""
    texts = [(PROJECT / name).read_text(encoding="utf-8") for name in FILES]
    return [step for text in texts for step in yaml.safe_load(text)["steps"]]


def main(argv: Sequence[str], steps: Mapping[str, Here] = STEPS) -> int:
    """Run the named steps, or all; the exit code is that of the first that fails."""
    names = [step["id"] for step in pipeline()]
    wanted = [name for name in argv if name != "--list"] or names
    unknown = [name for name in wanted if name not in names]
    if unknown:
        sys.stderr.write(f"no such step: {', '.join(unknown)}; there are {', '.join(names)}\n")
        return 2
    for name in (name for name in names if name in wanted):
        here = steps[name]
        for command in here.commands:
            say(f"{name}: {' '.join(command)}")
            if "--list" in argv:
                continue
            status = subprocess.run(command, cwd=PROJECT, check=False).returncode
            if status:
                say(f"{name}: FAILED")
                return status
        if here.left_out:
            say(f"{name}: left out: {here.left_out}")
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"release: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
