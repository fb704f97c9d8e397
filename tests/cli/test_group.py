"""The command line as a whole."""

import subprocess
import sys
from pathlib import Path

from runtime_app import __version__
from runtime_app.cli import cli
from tests.cli.conftest import Oa


def test_help_lists_every_command_with_a_sentence(oa_alone: Oa) -> None:
    out = oa_alone.ok("--help")
    for name, command in cli.commands.items():
        (line,) = [line for line in out.splitlines() if line.split()[:1] == [name]]
        assert line.split()[1:], name
        assert command.help


def test_the_release_is_told(oa_alone: Oa) -> None:
    assert __version__ in oa_alone.ok("--version")


def test_an_unknown_command_exits_with_2(oa_alone: Oa) -> None:
    done = oa_alone("fly")
    assert (done.code, done.out) == (2, "")
    assert "No such command 'fly'" in done.err


def test_the_installed_script_is_the_same_command_line() -> None:
    script = Path(sys.executable).with_name("oa-runtime")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"oa-runtime, version {__version__}\n"
