"""Where a stack keeps its things: one folder, everything in it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folder of one stack; two stacks need two homes.

    Args:
        path: absolute.
    """

    path: Path

    @property
    def state(self) -> Path:
        return self.path / "stack.json"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.json"

    @property
    def ports(self) -> Path:
        return self.path / "ports.json"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def postgres_data(self) -> Path:
        return self.postgres / "data"

    @property
    def broker(self) -> Path:
        return self.path / "broker"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    def log(self, role: str) -> Path:
        return self.path / "logs" / f"{role}.log"

    def ready_mark(self, role: str) -> Path:
        return self.path / "run" / f"{role}.ready"

    def metrics(self, role: str) -> Path:
        return self.path / "run" / f"{role}.metrics"

    def make(self) -> None:
        """Create what is missing; folders that exist keep their permissions.

        Others may pass through (Postgres may have to run under another account), and whatever is
        secret has a mode of its own.
        """
        missing = [p for p in (self.path, *self.path.parents) if not p.exists()]
        for folder in [*reversed(missing), self.path / "logs", self.path / "run"]:
            if not folder.exists():
                folder.mkdir()
                folder.chmod(0o755)
