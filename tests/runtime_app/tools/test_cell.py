"""A cell keeps what a tool does to its process to itself."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runtime_app.tools.cell import MAX_MESSAGE_BYTES, Cell, Line, Said, Work
from runtime_app.tools.context import ToolCanceled
from runtime_app.tools.spec import ToolError
from tests.support.postgres import PATIENCE_S
from tests.support.stack import eventually

MEMORY = 256 * 2**20


def ended(work: Work) -> Said:
    """How this work ends in a cell of its own."""
    with Cell.begin(work, MEMORY) as cell:
        while True:
            said = cell.next(PATIENCE_S)
            assert said is not None, "the cell has ended"
            if said.kind not in ("progress", "text"):
                return said


def raises(error: BaseException) -> Work:
    def work(_line: Line) -> Any:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda _line: {"value": "ä"}, Said("returned", {"value": "ä"})),
        (lambda _line: float("nan"), Said("returned", "nan", made_safe=True)),
        (raises(ToolError("no")), Said("refused", "no")),
        (raises(ToolCanceled()), Said("canceled")),
        (raises(KeyError("secret")), Said("failed", "KeyError")),
        (raises(SystemExit(3)), Said("failed", "SystemExit")),
        (lambda _line: [bytearray(2**20) for _ in range(400)], Said("failed", "MemoryError")),
        (lambda _line: os._exit(3), Said("died", "it left with exit status 3")),
        (
            lambda _line: os.kill(os.getpid(), signal.SIGKILL),
            Said("died", "it was ended by SIGKILL"),
        ),
        (
            lambda _line: "x" * MAX_MESSAGE_BYTES,
            Said("refused", f"the output is larger than {MAX_MESSAGE_BYTES} bytes"),
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Said) else "",
)
def test_whatever_happens_inside_is_an_end_outside(work: Work, said: Said) -> None:
    assert ended(work) == said


def test_what_a_cell_says_comes_in_order_before_its_end() -> None:
    def work(line: Line) -> int:
        for n in range(100):
            line.say("progress", {"n": n, "fill": "x" * 5_000})
        return 100

    with Cell.begin(work, MEMORY) as cell:
        heard = [cell.next(PATIENCE_S) for _ in range(102)]
    assert [said.value["n"] for said in heard[:100] if said] == list(range(100))
    assert heard[100] == heard[101] == Said("returned", 100)


def test_a_cell_that_is_silent_is_not_waited_for() -> None:
    with Cell.begin(lambda _line: signal.pause(), MEMORY) as cell:
        assert cell.next(0.01) is None
        cell.ask_to_stop()
        assert cell.next(0.01) is None


def test_a_cell_hears_that_it_is_asked_to_stop() -> None:
    def work(line: Line) -> str:
        while not line.asked_to_stop():
            threading.Event().wait(0.001)
        return "stopped"

    with Cell.begin(work, MEMORY) as cell:
        assert cell.next(0.05) is None
        cell.ask_to_stop()
        assert cell.next(PATIENCE_S) == Said("returned", "stopped")
        cell.ask_to_stop()


def gone(pid: int) -> Callable[[], bool]:
    def check() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            return True

    return check


def test_what_a_tool_has_started_ends_with_its_cell() -> None:
    def work(line: Line) -> None:
        child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        line.say("progress", [os.getpid(), child.pid])
        signal.pause()

    with Cell.begin(work, MEMORY) as cell:
        said = cell.next(PATIENCE_S)
        assert said is not None
    for pid in said.value:
        eventually(gone(pid), what="the end of all that the cell has started")


def test_a_cell_dies_with_whoever_has_forked_it() -> None:
    out, into = os.pipe()

    def announce(_line: Line) -> None:
        os.write(into, f"{os.getpid()}\n".encode())
        signal.pause()

    watcher = os.fork()
    if watcher == 0:
        with Cell.begin(announce, MEMORY) as cell:
            cell.next(PATIENCE_S)
        os._exit(0)
    cell_pid = int(os.read(out, 100))
    os.kill(watcher, signal.SIGKILL)
    os.waitpid(watcher, 0)
    eventually(gone(cell_pid), what="the end of the cell")
    os.close(out)
    os.close(into)
