"""A process is said to be dead only where that is certain."""

import os
import subprocess
import sys

from runtime_app.maintenance.liveness import certainly_dead, process_name


def test_a_process_that_has_ended_is_dead_and_one_that_runs_is_not():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert certainly_dead(process_name("worker-tools", ended.pid))
    assert not certainly_dead(process_name("worker-tools", os.getpid()))


def test_of_another_machines_process_and_of_a_name_without_one_nobody_can_say():
    assert not certainly_dead("worker-tools@elsewhere.invalid:1")
    assert not certainly_dead(process_name("", os.getpid()).partition(":")[0])
