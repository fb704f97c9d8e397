"""Under which account Postgres runs: it refuses root, and wants an account with a name."""

import os
import pwd
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runtime_app.local import spawn
from runtime_app.local.errors import StackError

_PREFERRED = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """An account and the way to it.

    Args:
        way: `itself` stays who we are; `setuid` drops root for the account `uid`, `gid`;
            `namespace` stays root outside, and is called `uid`, `gid` inside a user namespace.
    """

    way: Literal["itself", "setuid", "namespace"]
    uid: int
    gid: int

    @property
    def spelling(self) -> str:
        return "itself" if self.way == "itself" else f"{self.way}:{self.uid}:{self.gid}"

    @property
    def owner(self) -> tuple[int, int]:
        """Who must own, as seen from here, the files of a process with this account."""
        return (self.uid, self.gid) if self.way == "setuid" else (os.geteuid(), os.getegid())


def choose(folder: Path) -> Account:
    """The account for a Postgres whose data lies in `folder`.

    An ordinary user keeps their own. Root drops to an unprivileged account when that account can
    reach the folder, and otherwise (a project inside a closed home) hides in a user namespace.

    Raises:
        StackError: root, unreachable folder, and a kernel that refuses namespaces.
    """
    if os.geteuid() != 0:
        return Account("itself", os.geteuid(), os.getegid())
    entry = _unprivileged(pwd.getpwall())
    dropped = Account("setuid", entry.pw_uid, entry.pw_gid)
    if may_run(dropped, ["/bin/sh", "-c", 'cd -- "$0"', str(folder)]):
        return dropped
    hidden = Account("namespace", entry.pw_uid, entry.pw_gid)
    if may_run(hidden, ["/bin/sh", "-c", 'cd -- "$0"', str(folder)]):
        return hidden
    raise StackError(
        f"Postgres does not run as root, the account {entry.pw_name} cannot enter {folder}, "
        "and this kernel refuses user namespaces",
        "Set OA_HOME to a folder that other accounts can enter, or run as an ordinary user, "
        "or give the address of a Postgres in DATABASE_URL.",
    )


def login_name() -> str:
    """The name of whoever runs this; `uid-N` where the machine has none for them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def may_run(account: Account, argv: list[str]) -> bool:
    """Whether `argv` succeeds under this account."""
    done = subprocess.run(
        spawn.tied(argv, account=account.spelling), capture_output=True, cwd="/", check=False
    )
    return done.returncode == 0


def give(folder: Path, account: Account) -> None:
    """Make `account` the owner of `folder` and all that is in it, when it is not already.

    Happens once, or when a home has moved to where another account is needed.
    """
    uid, gid = account.owner
    if folder.stat().st_uid == uid:
        return
    for where, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.lchown(os.path.join(where, name), uid, gid)
    os.chown(folder, uid, gid)


def _unprivileged(entries: Iterable[pwd.struct_passwd]) -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in entries if entry.pw_uid != 0}
    for name in [*_PREFERRED, *known]:
        if name in known:
            return known[name]
    raise StackError(
        "Postgres does not run as root, and this machine has no other account",
        "Run as an ordinary user, or give the address of a Postgres in DATABASE_URL.",
    )
