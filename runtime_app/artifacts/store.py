"""Put a file, get it back, list a folder."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import fsspec
from fsspec.implementations.local import LocalFileSystem

from runtime_app.errors import Unavailable

_PART = re.compile(r"(?!\.+$)[A-Za-z0-9._-]{1,100}")
_NAME = re.compile(r".*/[0-9a-f]{64}")
#: Our extra with the package that fsspec needs for a URL of that scheme.
_EXTRAS = {"gs": "gcs", "gcs": "gcs", "s3": "s3", "s3a": "s3"}


class ArtifactLost(Exception):
    """A file that was written is not there any more."""


class ArtifactDamaged(Exception):
    """A file's content is not what its name says."""


class Files(Protocol):
    """What a store is to those who keep files in it: an `ArtifactStore`, here or apart."""

    def put(self, folder: str, content: bytes) -> str: ...

    def get(self, name: str) -> bytes: ...

    def names(self, folder: str) -> list[str]: ...


class ArtifactStore:
    """The files below one URL; connects to nothing before the first call.

    Args:
        url: as fsspec reads it, such as `file:///var/lib/openagents` or `s3://bucket/prefix`.

    Every method raises `Unavailable` when the place cannot be reached or is not understood.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, folder: str, content: bytes) -> str:
        """Keep `content`; its name, `folder` and its hash.

        Args:
            folder: 1 or more parts with `/` between them, each of 1 to 100 of `A-Z a-z 0-9 . _ -`.
        Raises:
            ArtifactDamaged: that name is taken by something else.
        """
        if not all(_PART.fullmatch(part) for part in folder.split("/")):
            raise ValueError(f"{folder!r} cannot be the name of a folder")
        name = f"{folder}/{hashlib.sha256(content).hexdigest()}"
        with self._place() as (files, root):
            if files.exists(f"{root}/{name}"):
                self._checked(name, files.cat_file(f"{root}/{name}"))
                return name
            _write(files, f"{root}/{name}", content)
        return name

    def get(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            ArtifactLost: it is not there.
            ArtifactDamaged: it is not what was written.
        """
        with self._place() as (files, root):
            try:
                content: bytes = files.cat_file(f"{root}/{name}")
            except FileNotFoundError as error:
                raise ArtifactLost(f"{name} is not in the artifact store") from error
        return self._checked(name, content)

    def names(self, folder: str) -> list[str]:
        """The names of all files in a folder and the folders in it, in their order."""
        with self._place() as (files, root):
            files.invalidate_cache()
            found = [path[len(root) + 1 :] for path in files.find(f"{root}/{folder}")]
        return sorted(name for name in found if _NAME.fullmatch(name))

    @staticmethod
    def _checked(name: str, content: bytes) -> bytes:
        if hashlib.sha256(content).hexdigest() != name.rpartition("/")[2]:
            raise ArtifactDamaged(f"{name} is not what was written")
        return content

    @contextmanager
    def _place(self) -> Iterator[tuple[fsspec.AbstractFileSystem, str]]:
        try:
            files, root = fsspec.core.url_to_fs(self._url)
            yield files, root.rstrip("/")
        except ImportError as error:
            raise Unavailable(f"the artifact store cannot be used: {_remedy(self._url)}") from error
        except (ArtifactLost, ArtifactDamaged):
            raise
        except Exception as error:  # each cloud's package has exceptions of its own
            shown = error if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            raise Unavailable(f"the artifact store cannot be used: {shown}") from error


def _remedy(url: str) -> str:
    scheme = url.partition("://")[0]
    if scheme not in _EXTRAS:
        return f"the package that fsspec needs for {scheme}:// is not installed"
    extra = _EXTRAS[scheme]
    return f"{scheme}:// needs the extra {extra}: pip install 'openagents-runtime[{extra}]'"


def _write(files: fsspec.AbstractFileSystem, path: str, content: bytes) -> None:
    """Make a file that is whole as soon as it has its name, and stays when the power goes."""
    part = f"{path}.{secrets.token_hex(8)}.part"
    if not isinstance(files, LocalFileSystem):
        files.pipe_file(part, content)
        files.mv(part, path)
        return
    folder = Path(path).parent
    old = next(each for each in folder.parents if each.exists()) if not folder.exists() else folder
    files.makedirs(str(folder), exist_ok=True)
    with files.open(part, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.f.fileno())
    files.mv(part, path)
    for each in (folder, *folder.parents):
        _sync(each)
        if each == old:
            break


def _sync(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
