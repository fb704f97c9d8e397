"""Every command of OPERATIONS.md is run as it stands, and answers as the page shows.

A console block is followed by what its commands print, one block each, in order; of a command
without one only the exit code counts. Ids, times, hashes and numbers change and are masked.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from runtime_app.roles import DEPLOYED
from runtime_app.security.key_ring import KeyRing
from runtime_app.smoke import STEPS
from tests.cli.conftest import Oa, oa  # noqa: F401 - fixture
from tests.docs.markdown import document
from tests.support.api import Api
from tests.web.solo import surroundings, web_process

PAGE = document("docs/OPERATIONS.md")
OLD = f"k20250704-19c2:{'x' * 43}"
CONSOLE = f"console:{'y' * 43}:ops:read+ops:act"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MASKS = (
    (re.compile(r"(?<=new key: )\S+"), "KEY"),
    (re.compile(r"k\d{8}-[0-9a-f]{4}"), "KEY"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"\b[0-9a-f]{12,}\b"), "HEX"),
    (re.compile(r"\b\d[\d.,]*"), "N"),
    (re.compile(r" +"), " "),
)


@dataclass(frozen=True)
class Typed:
    """One line that the page tells somebody to type, and what comes back; None is not shown."""

    words: tuple[str, ...]
    shown: str | None

    def __str__(self) -> str:
        return " ".join(self.words)


def typed() -> Iterator[Typed]:
    fences = list(_FENCE.finditer(PAGE.text))
    for place, fence in enumerate(fences):
        if fence[1] != "console":
            continue
        shown = list(_following(fences, place))
        lines = [line.removeprefix("$ ") for line in fence[2].splitlines()]
        assert len(shown) <= len(lines), f"more is shown than typed after {lines[0]}"
        for at, line in enumerate(lines):
            program, *words = shlex.split(line, comments=True)
            assert program == "oa-runtime", line
            yield Typed(tuple(words), shown[at] if at < len(shown) else None)


def _following(fences: list[re.Match[str]], place: int) -> Iterator[str]:
    """The blocks of output right after a block, with nothing between them."""
    for before, fence in zip(fences[place:], fences[place + 1 :], strict=False):
        between = PAGE.text[before.end() : fence.start()]
        if fence[1] != "text" or between.strip():
            return
        yield fence[2]


def masked(text: str) -> list[str]:
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.splitlines()]


@pytest.fixture(scope="module")
def past(stack_state: dict[str, Any]) -> None:
    """What the page looks back at: a run and a frame that came in under the old key."""
    settings = surroundings(stack_state, OA_SIGNING_KEYS=OLD)
    with web_process(settings) as base_url:
        api = Api(base_url, KeyRing.parse(OLD).keys[0])
        assert api.start("r-77", "t-77", model="scripted/echo").status_code == 201
        assert api.frame("r-77", "t-77", "f-3").status_code == 202


@pytest.fixture
def settings(stack_state: dict[str, Any], past: None) -> dict[str, str]:
    """Of a deployment with the page's keys."""
    found = surroundings(stack_state, OA_SIGNING_KEYS=OLD)
    return {name: value for name, value in found.items() if name != "OA_ROLE"}


@pytest.mark.parametrize("line", list(typed()), ids=str)
def test_a_command_answers_as_the_page_shows(
    oa: Oa,  # noqa: F811
    settings: dict[str, str],
    line: Typed,
) -> None:
    if "console" in line.words:
        settings["OA_SIGNING_KEYS"] = f"{OLD},{CONSOLE}"

    printed = oa.ok(*line.words, **settings)

    if line.shown is not None:
        assert masked(printed) == masked(line.shown)


def test_a_page_that_shows_something_else_would_be_noticed() -> None:
    told = "ok    database   Postgres reachable, schema at 0015\n"
    assert masked(told) == masked(told.replace("0015", "0016"))
    assert masked(told) != masked(told.replace("reachable", "unreachable"))
    assert masked("run  r-77  2026-01-02T03:04:05.000006Z") == ["run r-N TIME"]


def test_every_step_of_the_smoke_has_its_remedy() -> None:
    told = [
        name for row in PAGE.rows("`smoke` fails at") for name in re.findall(r"`(\w+)`", row[0])
    ]
    assert told == [step.name for step in STEPS]


def test_the_time_that_a_role_has_to_end_is_as_shown() -> None:
    told = {
        name: float(row[2])
        for row in PAGE.rows("role")
        for name in re.findall(r"`([\w-]+)`", row[0])
    }
    assert told == {role.name: role.grace_s for role in DEPLOYED}
