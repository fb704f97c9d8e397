"""docs/verify: what is whole is sound, what was tampered with is not, in both languages alike."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from runtime_app.events.catalog import CATALOG, READERS_ONLY
from tests.docs.markdown import PROJECT
from tests.support.tampering import export_of, flipped, tampered

FOLDER = PROJECT / "docs" / "verify"
GOLDEN = {path.stem: path.read_bytes() for path in (PROJECT / "tests/golden/exports").iterdir()}
KEYS = (
    *("--key", "first:the first secret of the golden exports"),
    *("--key", "second:the second secret: it has a colon"),
)
SOUND = {
    "answered": "sound: 6 events, 1 anchors\n",
    "pruned": "sound: 6 events, 2 anchors\n",
}
_BEGIN, _END = ("run.accepted", "{}"), ("run.finished", "{}")
#: Runs that have lost payloads by pruning or otherwise: their events, and what is said of them.
LOST = {
    "the older delta": (
        [_BEGIN, ("reasoning.delta", None), ("text.delta", "{}"), _END],
        "sound: 4 events, 0 anchors",
    ),
    "progress, and no delta": (
        [_BEGIN, ("text.delta", "{}"), ("tool.progress", None), _END],
        "sound: 4 events, 0 anchors",
    ),
    "the younger delta": (
        [_BEGIN, ("text.delta", "{}"), ("reasoning.delta", None), _END],
        "broken: the payload of event 3 is gone, and an older one is not",
    ),
    "the younger progress": (
        [_BEGIN, ("tool.progress", "{}"), ("text.delta", None), ("tool.progress", None), _END],
        "broken: the payload of event 4 is gone, and an older one is not",
    ),
    "a delta of a run that goes on": (
        [_BEGIN, ("text.delta", None), ("text.ended", "{}")],
        "broken: the payload of event 2 is gone, and the run goes on",
    ),
    "what is kept for good": (
        [_BEGIN, ("text.ended", None), _END],
        "broken: the payload of event 2 is gone, and it is one that is kept",
    ),
}
UNCOMPARED = "Nothing from outside was compared: give --head or --key.\n"

Verify = Callable[..., tuple[int, str]]


def _program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("outsider", FOLDER / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Verify:
    """verify.py's exit code and words for a content, in this process: there are thousands."""
    program, file = _program(), tmp_path / "export.jsonl"

    def verify(content: bytes, *words: str) -> tuple[int, str]:
        file.write_bytes(content)
        monkeypatch.setattr(sys, "argv", ["verify.py", str(file), *words])
        try:
            program.main()
        except SystemExit as end:
            return int(end.code or 0), capsys.readouterr().out
        return 0, capsys.readouterr().out

    return verify


def _php(file: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        ["php", "-d", "display_errors=stderr", str(FOLDER / "verify.php"), str(file), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize(("name", "said"), SOUND.items())
def test_a_golden_export_is_sound(python: Verify, name: str, said: str) -> None:
    assert python(GOLDEN[name], *KEYS) == (0, said)
    assert python(GOLDEN[name]) == (0, said + UNCOMPARED)


def test_an_export_without_anchors_is_sound_as_far_as_one_can_say(python: Verify) -> None:
    content = GOLDEN["unanchored"]
    head = content.partition(b'"head":"')[2][:64].decode()
    assert python(content) == (0, "sound: 2 events, 0 anchors\n" + UNCOMPARED)
    assert python(content, "--head", head) == (0, "sound: 2 events, 0 anchors\n")
    assert python(content, *KEYS) == (3, "cannot say: there is no anchor\n")
    other = (1, "broken: the head is not the one that you have noted\n")
    assert python(content, "--head", "0" * 64) == other


def test_a_key_that_was_not_given_is_named(python: Verify) -> None:
    said = "cannot say: an anchor is signed by key second, which was not given\n"
    assert python(GOLDEN["pruned"], *KEYS[:2]) == (3, said)


def test_a_payload_may_be_gone_where_the_runtime_lets_go_of_it() -> None:
    of_readers = {name: spec.retention.value for name, spec in CATALOG.items()}
    gone = {name: kind for name, kind in of_readers.items() if kind in READERS_ONLY}
    assert gone == _program().NOT_KEPT


@pytest.mark.parametrize(("events", "said"), LOST.values(), ids=LOST)
def test_a_payload_that_pruning_has_not_taken_is_missed(
    python: Verify, events: list[tuple[str, str | None]], said: str
) -> None:
    assert python(export_of(*events))[1].splitlines()[0] == said


@pytest.mark.parametrize("name", SOUND)
def test_no_byte_can_be_changed(python: Verify, name: str) -> None:
    content = GOLDEN[name]
    unseen = [at for at in range(len(content)) if python(flipped(content, at), *KEYS)[0] == 0]
    assert unseen == []


@pytest.mark.parametrize("name", SOUND)
def test_whatever_was_done_to_an_export_is_seen(python: Verify, name: str) -> None:
    cases = tampered(GOLDEN[name])
    assert len(cases) > 300
    verdicts = {what: python(content, *KEYS) for what, content in cases.items()}
    assert [what for what, (code, _) in verdicts.items() if code not in (1, 3)] == []
    unsure = {what for what, (code, _) in verdicts.items() if code == 3}
    assert all("no anchors" in what or "keyId" in what for what in unsure), unsure


def test_a_noted_head_shows_a_chain_that_was_linked_anew(python: Verify) -> None:
    content = GOLDEN["answered"]
    head = content.partition(b'"head":"')[2][:64].decode()
    for what, forged in tampered(content).items():
        if what.startswith("linked anew"):
            assert python(forged, "--head", head)[0] == 1, what


def test_it_runs_as_a_program_of_its_own_and_says_when_there_is_no_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", FOLDER / "verify.py", tmp_path / "none"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("cannot say: ")


@pytest.mark.php
@pytest.mark.parametrize("name", GOLDEN)
def test_php_says_the_same_of_every_golden_export(
    python: Verify, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "whole.jsonl"
    file.write_bytes(GOLDEN[name])
    for words in (KEYS, KEYS[:2], ("--head", "0" * 64), ()):
        assert _php(file, *words) == python(GOLDEN[name], *words)


@pytest.mark.php
def test_php_says_the_same_of_what_is_gone(python: Verify, tmp_path: Path) -> None:
    for events, said in LOST.values():
        file = tmp_path / "lost.jsonl"
        file.write_bytes(export_of(*events))
        assert _php(file) == python(file.read_bytes()), said


@pytest.mark.php
def test_php_says_the_same_of_every_export_that_was_tampered_with(
    python: Verify, tmp_path: Path
) -> None:
    cases = tampered(GOLDEN["pruned"])
    files = [tmp_path / f"{number}.jsonl" for number in range(len(cases))]
    for file, content in zip(files, cases.values(), strict=True):
        file.write_bytes(content)
    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(lambda file: _php(file, *KEYS), files))
    expected = {what: python(content, *KEYS) for what, content in cases.items()}
    assert dict(zip(cases, told, strict=True)) == expected


@pytest.mark.php
def test_php_says_when_there_is_no_file(tmp_path: Path) -> None:
    assert _php(tmp_path / "none") == (3, "cannot say: give the file of an export\n")
