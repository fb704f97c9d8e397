"""Packs of tools, installed as another distribution would be."""

import tomllib
from pathlib import Path

from tests.support.sanitizer import KEYS


def installed(folder: Path, source: Path) -> Path:
    """Put a pack's module and metadata where the import path finds them; the folder.

    Args:
        source: its `pyproject.toml` beside its modules.
    """
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    for module in source.glob("*.py"):
        (folder / module.name).write_text(module.read_text())
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


def settings(*lines: str) -> dict[str, str]:
    """The settings of a worker that leads nowhere, and those of these lines."""
    given = dict(line.strip().split("=", 1) for line in lines)
    return {
        "DATABASE_URL": "postgresql://nobody@localhost/nothing",
        "OA_BROKER_URL": "redis://localhost/0",
        "OA_SIGNING_KEYS": "main:0123456789abcdef",
        "OA_SANITIZER_KEYS": KEYS,
        **given,
    }
