"""The artifact store: written once, checked when read, whole or not at all."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import closing
from pathlib import Path

import pytest

from runtime_app.artifacts.apart import StoreApart
from runtime_app.artifacts.store import ArtifactDamaged, ArtifactLost, ArtifactStore, Files
from runtime_app.errors import Unavailable
from tests.support import faraway

CONTENT = "ünïcödé\n".encode()
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(params=[ArtifactStore, StoreApart])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Files]:
    made = request.param((tmp_path / "kept").as_uri())
    yield made
    if isinstance(made, StoreApart):
        made.close()


def test_what_is_put_is_there_under_its_hash_and_comes_back(store: Files, tmp_path: Path):
    assert store.put("a/b", CONTENT) == f"a/b/{DIGEST}"
    assert store.get(f"a/b/{DIGEST}") == CONTENT
    assert (tmp_path / "kept" / "a" / "b" / DIGEST).read_bytes() == CONTENT


def test_the_same_again_changes_nothing(store: Files, tmp_path: Path):
    name = store.put("a", CONTENT)
    before = (tmp_path / "kept" / name).stat()
    assert store.put("a", CONTENT) == name
    assert (tmp_path / "kept" / name).stat() == before


def test_what_was_damaged_is_not_read_and_not_written_over(store: Files, tmp_path: Path):
    name = store.put("a", CONTENT)
    (tmp_path / "kept" / name).write_bytes(b"other")
    with pytest.raises(ArtifactDamaged):
        store.get(name)
    with pytest.raises(ArtifactDamaged):
        store.put("a", CONTENT)
    assert (tmp_path / "kept" / name).read_bytes() == b"other"


def test_what_is_gone_is_lost(store: Files, tmp_path: Path):
    name = store.put("a", CONTENT)
    (tmp_path / "kept" / name).unlink()
    with pytest.raises(ArtifactLost):
        store.get(name)


def test_a_folder_lists_whole_files_in_their_order(store: Files, tmp_path: Path):
    assert store.names("a") == []
    names = [store.put(f"a/{n:03d}", CONTENT) for n in (10, 2, 1)]
    store.put("other", CONTENT)
    (tmp_path / "kept" / "a" / f"{DIGEST}.0123.part").write_bytes(b"half")
    assert store.names("a") == sorted(names)


def test_a_file_and_its_name_are_on_the_disk_before_put_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What a power cut would leave: the bytes before the name, the name in folders that stay."""
    store = ArtifactStore((tmp_path / "kept").as_uri())
    synced: list[str] = []

    def sync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()).split(".")[0])
        os_fsync(descriptor)

    os_fsync = os.fsync
    monkeypatch.setattr(os, "fsync", sync)
    name = store.put("a/b", CONTENT)
    kept = tmp_path / "kept"
    assert synced == [str(path) for path in (kept / name, kept / "a/b", kept / "a", kept, tmp_path)]

    synced.clear()
    store.put("a/b", b"more")
    assert synced[1:] == [str(kept / "a/b")]


def test_whatever_a_place_fails_with_it_is_unavailable(tmp_path: Path):
    """Clouds have exceptions of their own."""
    store = ArtifactStore(f"faraway://{tmp_path}/kept")
    name = store.put("a", CONTENT)
    (tmp_path / "away").touch()
    for act in (
        lambda: store.put("a", CONTENT),
        lambda: store.get(name),
        lambda: store.names("a"),
    ):
        with pytest.raises(Unavailable, match=r"artifact store .*EndpointConnectionError"):
            act()
    (tmp_path / "away").unlink()
    with pytest.raises(ArtifactLost):
        store.get(f"b/{DIGEST}")


@pytest.mark.parametrize(("url", "extra"), [("gs://bucket/x", "gcs"), ("s3://bucket/x", "s3")])
def test_a_bucket_without_its_package_names_the_extra(url: str, extra: str):
    """By a place where the package cannot be found, whatever is installed beside it."""
    program = (
        "import sys\n"
        "sys.modules['gcsfs'] = sys.modules['s3fs'] = None\n"
        "from runtime_app.artifacts.store import ArtifactStore\n"
        "from runtime_app.errors import Unavailable\n"
        "try:\n"
        "    ArtifactStore(sys.argv[1]).names('a')\n"
        "except Unavailable as error:\n"
        "    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, url], capture_output=True, text=True, check=True
    ).stdout
    assert f"pip install 'openagents-runtime[{extra}]'" in said
    config = ConfigParser()
    config.read(Path(__file__).parents[3] / "setup.cfg")
    assert config["options.extras_require"][extra].strip() in ("gcsfs", "s3fs")


@pytest.mark.parametrize("folder", ["", "..", "a/../b", "a//b", "/a", "a b", "."])
def test_a_folder_never_leads_out(store: Files, folder: str):
    with pytest.raises(ValueError, match="folder"):
        store.put(folder, CONTENT)


@pytest.mark.parametrize("url", ["nonsense://x", "file:///proc/nobody/may"])
def test_a_place_that_cannot_be_used_is_unavailable(url: str):
    with pytest.raises(Unavailable, match="artifact store"):
        ArtifactStore(url).put("a", CONTENT)


def test_a_place_that_does_not_answer_in_time_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PYTHONPATH", faraway.installed(tmp_path / "import"))
    (tmp_path / "silent").touch()
    store = StoreApart(f"faraway://{tmp_path}/kept", within_s=0.3)
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"no answer within 0\.3 s"):
            store.names("a")


def test_a_store_apart_that_ended_is_told_and_the_next_call_starts_another(tmp_path: Path):
    store = StoreApart((tmp_path / "kept").as_uri())
    with closing(store):
        name = store.put("a", CONTENT)
        children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
        for pid in map(int, children.split()):
            if b"artifacts.apart" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(Unavailable, match="its process ended"):
            store.get(name)
        assert store.get(name) == CONTENT
