"""Tie this process to its parent's life, take another account if told to, then be the program.

Started as a file in front of every process of the stack; standard library only, a few milliseconds:

    python become.py PARENT_PID DEATH_SIGNAL ACCOUNT PROGRAM ARGUMENT...

ACCOUNT is `itself`, `setuid:UID:GID`, or `namespace:UID:GID`. The last one enters a user namespace
in which the present account is called UID: a root that the program cannot recognise as root, yet
whose files are still its own.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x1000_0000


def main(arguments: list[str]) -> None:
    """Become the program; never returns.

    Raises:
        OSError: the kernel refused a step, or there is no such program.
    """
    parent_pid, death_signal, account, *program = arguments
    _take(account)
    # After the change of account, which would clear it.
    if sys.platform == "linux":
        _call("prctl", _PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != int(parent_pid):
        raise ProcessLookupError("the parent has died meanwhile")
    os.execvp(program[0], program)


def _take(account: str) -> None:
    way, *ids = account.split(":")
    if way == "itself":
        return
    uid, gid = map(int, ids)
    if way == "setuid":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        return
    own_uid, own_gid = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWUSER)
    # The kernel asks for this before an unprivileged process may map its group.
    _write("setgroups", "deny")
    _write("uid_map", f"{uid} {own_uid} 1")
    _write("gid_map", f"{gid} {own_gid} 1")


def _call(function: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


def _write(name: str, text: str) -> None:
    with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
