"""A bucket for tests: a filesystem of fsspec whose methods are coroutines, as those of clouds are.

`faraway:///folder` keeps its files in that folder. A file `away` in a folder above makes every
request fail with an exception that is neither an OSError nor a ValueError, as the packages of
clouds have them; a file `silent` keeps them from being answered while it is there.
"""

import asyncio
from pathlib import Path
from typing import Any

import fsspec
from fsspec.asyn import AsyncFileSystem

from tests.support import packs
from tests.support.stack import PROJECT

_DISTRIBUTION = """
[project]
name = "faraway"
version = "1.0"

[project.entry-points."fsspec.specs"]
faraway = "tests.support.faraway:Faraway"
"""


class EndpointConnectionError(Exception):
    """What a cloud's package raises when nobody answers."""


class Faraway(AsyncFileSystem):
    """The filesystem."""

    protocol = "faraway"

    async def _info(self, path: str, **_kwargs: Any) -> dict[str, Any]:
        return _told(await _reached(path))

    async def _ls(self, path: str, detail: bool = True, **_kwargs: Any) -> list[Any]:
        found = [_told(each) for each in sorted((await _reached(path)).iterdir())]
        return found if detail else [each["name"] for each in found]

    async def _cat_file(self, path: str, *_range: Any, **_kwargs: Any) -> bytes:
        return (await _reached(path)).read_bytes()

    async def _pipe_file(self, path: str, value: bytes, **_kwargs: Any) -> None:
        file = await _reached(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(value)

    async def _cp_file(self, path1: str, path2: str, **_kwargs: Any) -> None:
        await self._pipe_file(path2, await self._cat_file(path1))

    async def _rm_file(self, path: str, **_kwargs: Any) -> None:
        (await _reached(path)).unlink()


def installed(folder: Path) -> str:
    """Make the scheme known to every process that has this import path."""
    source, packages = folder / "source", folder / "packages"
    source.mkdir(parents=True)
    packages.mkdir()
    (source / "pyproject.toml").write_text(_DISTRIBUTION)
    return f"{packs.installed(packages, source)}:{PROJECT}"


def _told(path: Path) -> dict[str, Any]:
    return {
        "name": str(path),
        "size": path.stat().st_size,
        "type": "directory" if path.is_dir() else "file",
    }


async def _reached(path: str) -> Path:
    await asyncio.sleep(0.001)
    place = Path(path)
    while any((folder / "silent").exists() for folder in place.parents):
        await asyncio.sleep(0.01)
    if any((folder / "away").exists() for folder in place.parents):
        raise EndpointConnectionError("Could not connect to the endpoint URL")
    return place


fsspec.register_implementation("faraway", Faraway, clobber=True)
