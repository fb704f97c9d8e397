"""Logs of a real process: JSON lines without secrets and without people, whoever writes them."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.architecture.sources import PROJECT
from tests.support.sanitizer import KEYS
from tests.support.secrets import planted

SECRET = planted()["model key"]
PERSON = "somebody" + "@" + "example.org"

BEFORE = f"""
import logging, sys, threading, warnings
from runtime_app.observability import logs
from runtime_app.sanitizer import PseudonymKeys, Sanitizer
own = logging.getLogger("library")
own.addHandler(logging.StreamHandler(sys.stderr))
own.propagate = False
logs.configure("INFO", "web", "1.0", Sanitizer(PseudonymKeys.parse({KEYS!r}), print))
secret, person = sys.argv[1:]
log = logging.getLogger("test")

def fail():
    try:
        raise KeyError(secret)
    except KeyError as error:
        raise RuntimeError(f"{{person}} was given {{secret}}") from error
"""
WAYS = {
    "message": 'log.info("a %s b %s", secret, person)',
    "extra": 'log.info("a", extra={"given": secret, "by": {"whom": [person]}})',
    "extra that is not JSON": 'log.info("a", extra={"given": Exception(secret + person)})',
    "exception": 'try:\n    fail()\nexcept RuntimeError:\n    log.exception("it failed")',
    "stack": 'exec(compile(f"log.info(1, stack_info=True)", secret + " " + person, "exec"))',
    "warning": 'warnings.warn(f"{secret} {person}")',
    "logger with a handler of its own": 'own.warning("%s %s", secret, person)',
    "uncaught": "fail()",
    "uncaught in a thread": (
        "thread = threading.Thread(target=fail, name=secret + person)\n"
        "thread.start(); thread.join()"
    ),
    "unraisable": "class A:\n    def __del__(self): fail()\nA()",
    "record that cannot be written": 'log.info("%d", secret + person)',
}


def written(way: str) -> tuple[str, list[dict[str, Any]]]:
    """What a process writes that logs in this way: the text, and its lines as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", BEFORE + WAYS[way], SECRET, PERSON],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr, [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_into_a_log_carries_a_secret_or_a_person(way: str) -> None:
    text, lines = written(way)
    assert len(lines) == 1
    assert SECRET not in text
    assert PERSON not in text
    assert lines[0]["event"]


def test_a_line_says_when_who_and_what_and_keeps_what_is_no_secret() -> None:
    _, [line] = written("extra")
    assert {"ts", "level", "logger", "event", "role", "code_version"} <= set(line)
    assert (line["event"], line["role"], line["code_version"]) == ("a", "web", "1.0")
    assert line["given"].startswith("[redacted:")
    assert set(line["by"]) == {"whom"}


def test_an_exception_is_told_with_its_cause_and_frames() -> None:
    _, [line] = written("exception")
    kinds = [each["exc_type"] for each in line["exception"]]
    assert kinds == ["RuntimeError", "KeyError"]
    assert line["exception"][0]["frames"]
