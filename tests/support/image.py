"""The image without a container engine: its Dockerfile, its files, its package installed."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tests.support.stack import PROJECT


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile, its lines joined."""

    word: str
    rest: str


def instructions(dockerfile: Path = PROJECT / "Dockerfile") -> list[list[Instruction]]:
    """The stages of a Dockerfile, each from its FROM on, and before them what stands before."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE)
    stages: list[list[Instruction]] = [[]]
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stages.append([])
        if word:
            stages[-1].append(Instruction(word, rest.strip()))
    return stages


def context(root: Path = PROJECT) -> list[Path]:
    """The files that a build is sent: the last pattern of `.dockerignore` that fits decides."""
    rules = [
        line
        for line in (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(name) for name in sorted(tracked.stdout.splitlines()) if _sent(name, rules)]


def _sent(name: str, rules: list[str]) -> bool:
    sent = True
    for rule in rules:
        if _fits(name, rule.removeprefix("!")):
            sent = rule.startswith("!")
    return sent


def _fits(name: str, pattern: str) -> bool:
    """Whether the file, or a folder that it is in, is meant."""
    parts = Path(name).parts
    if pattern.startswith("**/"):
        return any(fnmatchcase(part, pattern.removeprefix("**/")) for part in parts)
    depth = pattern.count("/") + 1
    return fnmatchcase("/".join(parts[:depth]), pattern)


@dataclass(frozen=True)
class Installed:
    """The package as the image has it, beside the libraries of the Python that runs this."""

    packages: Path

    def run(self, *argv: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """`python -m …` with nothing of the checkout on its path."""
        return subprocess.run(
            [sys.executable, *argv],
            cwd=cwd,
            env={**env, **self.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def environ(self) -> dict[str, str]:
        """What makes a Python use it."""
        return {"PYTHONPATH": str(self.packages), "PYTHONSAFEPATH": "1"}


def installed(folder: Path) -> Installed:
    """Make the wheel from what a build is sent, as the Dockerfile does; install it in `folder`."""
    source, wheels, packages = folder / "source", folder / "wheels", folder / "packages"
    for path in context():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / path, source / path)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-index", "--no-build-isolation", "--wheel-dir", str(wheels), "--no-deps"]
    _done([*pip, *build, "."], cwd=source)
    [wheel] = wheels.glob("*.whl")
    _done([*pip, "install", "--no-index", "--no-deps", "--target", str(packages), str(wheel)])
    shutil.rmtree(source)
    return Installed(packages)


def _done(argv: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stdout}\n{done.stderr}"
