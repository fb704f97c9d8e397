"""Every role replaced in turn while people talk: how long a reader waits for its next event.

As a deployment does it: of what readers depend on, the successor is ready before the old one is
asked to stop.
"""

import os
import signal
import tempfile
from pathlib import Path

from bench.harness import Figure, at_most, percentile, plain
from runtime_app.roles import DEPLOYED
from tests.support.roles import beside, second
from tests.support.stack import RunningStack, eventually, running_stack
from tests.support.talkers import Talkers, Turn
from tests.web.solo import web_process

TALKERS = 6
UNDISTURBED = 30
OVERLAPPING = ("worker-runs", "worker-tools")


def run() -> list[Figure]:
    """A turn's longest wait, undisturbed and while every role is replaced."""
    with running_stack(OA_LOG_LEVEL="WARNING") as stack, tempfile.TemporaryDirectory() as folder:
        with Talkers(stack.state, TALKERS) as talkers:
            eventually(lambda: len(talkers.turns) >= UNDISTURBED, within_s=60, what="turns")
            before = len(talkers.turns)
            for role in [role.name for role in DEPLOYED]:
                _replace(stack, role, talkers, Path(folder))
        for error in talkers.errors:
            print(f"  error: {error}")
        calm, rolled = talkers.turns[:before], talkers.turns[before:]
    return [
        at_most(
            "rolling_restart",
            "a reader's longest wait, p99",
            _wait_s(rolled, 0.99),
            "s",
            2,
            "a reader's longest wait while every role is restarted, p99",
        ),
        plain("rolling_restart", "the same, p50", _wait_s(rolled, 0.5), "s"),
        plain("rolling_restart", "the same, worst", _wait_s(rolled, 1), "s"),
        plain("rolling_restart", "the same without a restart, p50", _wait_s(calm, 0.5), "s"),
        plain("rolling_restart", "the same without a restart, worst", _wait_s(calm, 1), "s"),
        plain("rolling_restart", "turns", len(rolled), ""),
        plain("rolling_restart", "streams that were resumed", sum(t.cuts for t in rolled), ""),
        plain("rolling_restart", "connections tried again", sum(t.away for t in rolled), ""),
        plain("rolling_restart", "errors that a reader saw", len(talkers.errors), ""),
    ]


def _replace(stack: RunningStack, role: str, talkers: Talkers, folder: Path) -> None:
    if role == "web":
        old = talkers.doors
        with web_process(beside(stack.pid(role), folder)) as base_url:
            talkers.doors = (base_url,)
            stack.restart(role)
            talkers.doors = old
    elif role in OVERLAPPING:
        with second(stack, role, folder) as pid:
            stack.restart(role)
            os.kill(pid, signal.SIGTERM)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    else:
        stack.restart(role)


def _wait_s(turns: list[Turn], share: float) -> float:
    return percentile([max(turn.waits_s) for turn in turns], share)
