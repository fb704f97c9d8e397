"""What keeps a local stack from running.

StackError
├── AlreadyRunning   another supervisor holds this home
├── RoleFailed       a role did not come up; carries the end of its log
└── StopRequested    a signal asked for the end while the stack was still starting
"""

from pathlib import Path


class StackError(Exception):
    """The stack cannot do what was asked.

    Args:
        problem: what was found.
        remedy: what the reader can do about it.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}\n{remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class AlreadyRunning(StackError):
    def __init__(self, home: Path, pid: int | None) -> None:
        super().__init__(f"a stack is already running in {home} (pid {pid or 'unknown'})")
        self.pid = pid


class RoleFailed(StackError):
    def __init__(self, role: str, how: str, log: Path, last_lines: str) -> None:
        super().__init__(f"{role} failed: {how}", f"The end of {log}:\n{last_lines or '(empty)'}")
        self.role = role


class StopRequested(StackError):
    def __init__(self) -> None:
        super().__init__("stopped before it was up")
