"""What the documents tell a user to type is there, and the first run is as the README says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from runtime_app.cli import COMMANDS, cli
from tests.docs.markdown import PROJECT, Document, document, documents
from tests.support.stack import environment

README = "README.md"
CURL = Path(__file__).with_name("curl.py")


def _commands(page: Document) -> list[list[str]]:
    lines = [line for block in page.blocks("console") for line in block.splitlines()]
    assert all(line.startswith("$ ") for line in lines), f"{page.name}: a line without its prompt"
    return [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))


def _problem(argv: list[str]) -> str | None:
    """Why there is no such command, or None when there is."""
    program, *words = argv
    if program == "make":
        return None if len(words) == 1 and words[0] in _targets() else "no such target"
    if Path(program).name != "oa-runtime":
        return "neither make nor oa-runtime"
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        inner = command.get_command(click.Context(command), name)
        if inner is None:
            return f"no such command: {name}"
        command = inner
    try:
        command.make_context(program, words, resilient_parsing=False)
    except click.UsageError as error:
        return error.format_message()
    return None


@pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)
def test_every_console_line_is_a_command_that_exists(page: Document) -> None:
    problems = {shlex.join(argv): _problem(argv) for argv in _commands(page)}
    assert {line: problem for line, problem in problems.items() if problem} == {}


@pytest.mark.parametrize(
    "line", ["make fly", "oa-runtime rins show x", "oa-runtime runs show", "oa-runtime up --now"]
)
def test_a_command_that_does_not_exist_would_be_noticed(line: str) -> None:
    assert _problem(line.split()) is not None


def test_no_listing_of_commands_cuts_a_sentence_short() -> None:
    groups = [(), *((name,) for name in COMMANDS if isinstance(_command(name), click.Group))]
    for group in groups:
        shown = CliRunner().invoke(cli, [*group, "--help"], terminal_width=80).output
        assert [line for line in shown.splitlines()[1:] if line.endswith("...")] == []


def _command(name: str) -> click.Command | None:
    return cli.get_command(click.Context(cli), name)


def test_a_new_user_learns_what_matters_in_the_first_forty_lines() -> None:
    beginning = "\n".join(document(README).text.splitlines()[:40])
    for told in (
        "$ make run",
        "$ make demo",
        "$ make test",
        "Python 3.11 or newer",
        ".venv/",
        ".local/",
        "http://127.0.0.1:4000",
        "scripted demo",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
    ):
        assert told in beginning


def test_the_first_run_of_the_readme_is_answered_and_sent_again_executes_nothing(
    stack_state: dict[str, Any],
) -> None:
    (script,) = document(README).blocks("sh")
    assert "API=http://127.0.0.1:4000\n" in script
    script = script.replace("http://127.0.0.1:4000", stack_state["base_url"])
    script = script.replace(".venv/bin/oa-runtime", f"'{sys.executable}' -m runtime_app")
    first, again = _run(script), _run(script)
    assert '"toolName":"calc"' in first
    assert '{"value":42}' in first
    assert first.endswith("data: [DONE]\n\n")
    assert _parts(again) == _parts(first)


def _run(script: str) -> str:
    curl = f"curl() {{ '{sys.executable}' '{CURL}' \"$@\"; }}\n"
    done = subprocess.run(
        ["sh", "-eu"],
        input=curl + script,
        cwd=PROJECT,
        env=environment(Path(os.environ["OA_TEST_HOME"]), {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _parts(stream: str) -> list[str]:
    return [line for line in stream.splitlines() if line.startswith("data:")]
