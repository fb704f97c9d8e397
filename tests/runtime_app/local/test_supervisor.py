"""The supervisor over small real processes, in this process."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runtime_app.clock import SystemClock
from runtime_app.local.errors import RoleFailed, StopRequested
from runtime_app.local.spawn import Program
from runtime_app.local.supervisor import Died, Happening, Ready, Started, Supervisor
from runtime_app.local.wakeup import Wakeup

FOREVER = "import signal; signal.pause()"


class Bench:
    """A supervisor and what it has told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[Happening] = []
        self.wakeup = Wakeup()
        self.supervisor = Supervisor(self.wakeup, SystemClock(), self.hear)
        self.on_ready: Callable[[Ready], None] = lambda ready: None

    def hear(self, happening: Happening) -> None:
        self.told.append(happening)
        if isinstance(happening, Ready):
            self.on_ready(happening)

    def program(self, role: str, code: str = FOREVER, **more: object) -> Program:
        return Program(
            role=role,
            argv=[sys.executable, "-c", code],
            env={},
            cwd=self.folder,
            log=self.folder / f"{role}.log",
            **{"ready": lambda: True, **more},
        )


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    with bench.wakeup:
        try:
            yield bench
        finally:
            bench.supervisor.stop()


def test_a_role_that_dies_comes_back_later_and_later(bench: Bench):
    bench.supervisor.start([bench.program("flaky", "raise SystemExit(3)", ready=lambda: False)])

    with pytest.raises(RoleFailed, match="flaky failed: exit 3"):
        bench.supervisor.wait_ready(within_s=30)

    deaths = [told for told in bench.told if isinstance(told, Died)]
    assert deaths == [Died("flaky", "exit 3", wait_s) for wait_s in (0.2, 0.4, 0.8, 1.6, 3.2)]
    assert len([told for told in bench.told if isinstance(told, Started)]) == 5


def test_a_role_that_was_up_comes_back_at_once(bench: Bench):
    def kill_first(ready: Ready) -> None:
        if len([told for told in bench.told if isinstance(told, Ready)]) == 1:
            os.kill(ready.pid, signal.SIGKILL)
        else:
            signal.raise_signal(signal.SIGINT)

    bench.on_ready = kill_first
    bench.supervisor.start([bench.program("web")])
    bench.supervisor.supervise()

    kinds = [type(told) for told in bench.told]
    assert kinds == [Started, Ready, Died, Started, Ready]
    assert bench.told[2] == Died("web", "killed by SIGKILL", 0.2)
    assert bench.supervisor.pids == {"web": bench.told[4].pid}


def test_a_role_that_is_never_ready_is_given_up(bench: Bench):
    bench.supervisor.start([bench.program("slow", ready=lambda: False)])

    with pytest.raises(RoleFailed, match=r"slow failed: not ready after 0\.3 s"):
        bench.supervisor.wait_ready(within_s=0.3)


def test_the_failure_carries_the_end_of_the_log(bench: Bench):
    code = "import sys; [print(n) for n in range(100)]; sys.exit(1)"
    with pytest.raises(RoleFailed) as failure:
        bench.supervisor.run_once(bench.program("migrate", code), within_s=10)

    assert str(failure.value).splitlines()[2:] == [str(n) for n in range(80, 100)]


def test_a_task_runs_to_its_end_while_others_are_kept_alive(bench: Bench):
    bench.supervisor.start([bench.program("postgres")])
    bench.supervisor.run_once(bench.program("migrate", "pass"), within_s=10)

    assert list(bench.supervisor.pids) == ["postgres"]


def test_a_task_that_takes_too_long_is_killed(bench: Bench):
    with pytest.raises(RoleFailed, match=r"migrate failed: not done within 0\.2 s"):
        bench.supervisor.run_once(bench.program("migrate"), within_s=0.2)


def test_a_signal_ends_every_wait(bench: Bench):
    bench.supervisor.start([bench.program("slow", ready=lambda: False)])
    signal.raise_signal(signal.SIGTERM)

    with pytest.raises(StopRequested):
        bench.supervisor.wait_ready(within_s=30)
    with pytest.raises(StopRequested):
        bench.supervisor.run_once(bench.program("migrate"), within_s=30)


def test_what_started_last_stops_first(bench: Bench):
    mark = bench.folder / "stopped"
    farewell = (
        "import signal, sys\n"
        "def leave(*_):\n"
        f"    open({str(mark)!r}, 'a').write(NAME)\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        "open(NAME, 'w')\n"
        "signal.pause()\n"
    )
    for name in ("server", "client"):
        sign = bench.folder / name
        code = f"NAME = {name!r}\n" + farewell
        bench.supervisor.start([bench.program(name, code, ready=sign.exists)])
        bench.supervisor.wait_ready(within_s=10)

    bench.supervisor.stop()

    assert mark.read_text() == "clientserver"
    assert bench.supervisor.pids == {}


def test_a_second_signal_ends_all_grace(bench: Bench):
    deaf = (
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "open('deaf', 'w')\nwhile True: signal.pause()\n"
    )
    sign = bench.folder / "deaf"
    bench.supervisor.start([bench.program("deaf", deaf, ready=sign.exists, grace_s=60.0)])
    bench.supervisor.wait_ready(within_s=10)
    before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, 0.7)
    asked_at = time.monotonic()
    try:
        bench.supervisor.stop()
    finally:
        signal.signal(signal.SIGALRM, before)

    assert 0.6 < time.monotonic() - asked_at < 5.0
