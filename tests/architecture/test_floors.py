"""Who may import whom: the contracts of setup.cfg, held by import-linter."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import PROJECT

CONTRACTS = (
    "A floor imports only floors below; rooms on one floor are strangers",
    "The two edges never meet",
    "The core imports neither edge",
    "A web process cannot reach a step, a tool run, a sweep or the way out",
    "Only db talks to Postgres",
    "Celery stays in dispatch.celery and tasks",
    "Pure modules reach no I/O room",
)


def test_every_import_contract_is_kept():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = [line.removesuffix(" KEPT") for line in done.stdout.splitlines() if " KEPT" in line]
    assert set(verdicts) >= set(CONTRACTS)
