"""The processes of a benchmark's stack, and the CPU that each kind of them has used."""

from collections import Counter
from collections.abc import Mapping

import psutil

from bench import stack


def all_of_it() -> list[psutil.Process]:
    """The supervisor of the benchmarks' stack and everything below it."""
    home = str(stack.HOME)
    found = []
    for process in psutil.process_iter():
        try:
            supervises = process.environ().get("OA_HOME") == home and "up" in process.cmdline()
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
        if supervises:
            found += [process, *process.children(recursive=True)]
    return list({process.pid: process for process in found}.values())


def cpu_s(roles: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    """Seconds that the stack has used so far, by role; what is no role of ours is `other`.

    A child that has ended counts with its parent.

    Args:
        roles: as `stack.json` has them, and whatever else is to be counted.
    """
    place = {role["pid"]: name for name, role in roles.items()}
    used: Counter[str] = Counter()
    wanted = {process.pid: process for process in all_of_it()}
    wanted |= {pid: psutil.Process(pid) for pid in place if pid not in wanted}
    for process in wanted.values():
        try:
            above = [process.pid, *(each.pid for each in process.parents())]
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        name = next((place[pid] for pid in above if pid in place), "other")
        used[name] += sum(times[:4])  # its own, and that of children it has reaped
    return used
