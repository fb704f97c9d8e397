"""From `oa-runtime up` to ready on a warm cache, and the memory of the stack at rest."""

import time

import psutil

from bench import processes, stack
from bench.harness import Figure, at_most

AT_REST_S = 10


def run() -> list[Figure]:
    """One start; proportional set size (shared pages counted once) of all processes."""
    started_s = time.monotonic()
    with stack.running():
        ready_s = time.monotonic() - started_s
        time.sleep(AT_REST_S)
        memory_mib = sum(_pss_bytes(process) for process in processes.all_of_it()) / 2**20
    return [
        at_most(
            "start_up", "up to ready, warm cache", ready_s, "s", 8, "`up` to ready, warm cache"
        ),
        at_most(
            "start_up",
            "memory of the whole stack at rest (PSS)",
            memory_mib,
            "MiB",
            700,
            "memory of the whole stack at rest (PSS)",
        ),
    ]


def _pss_bytes(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.NoSuchProcess:
        return 0
