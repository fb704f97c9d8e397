"""Which account Postgres runs under, and how a process becomes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from runtime_app.local import account, become, spawn
from runtime_app.local.account import Account
from tests.support.stack import eventually


def test_an_account_is_spelled_as_become_reads_it():
    assert Account("itself", 0, 0).spelling == "itself"
    assert Account("setuid", 7, 8).spelling == "setuid:7:8"
    assert Account("namespace", 7, 8).spelling == "namespace:7:8"


def test_the_chosen_account_can_use_the_folder_and_is_not_root(tmp_path: Path):
    chosen = account.choose(tmp_path)

    assert account.may_run(chosen, ["/bin/sh", "-c", 'test "$(id -u)" != 0'])
    assert account.may_run(chosen, ["/bin/sh", "-c", 'cd -- "$0"', str(tmp_path)])


def test_a_program_that_is_not_there_cannot_run():
    assert not account.may_run(Account("itself", 0, 0), ["/no/such/program"])


def test_a_process_ends_with_its_parent_under_any_account(tmp_path: Path):
    chosen = account.choose(tmp_path)
    parent_code = (
        "import subprocess, sys\n"
        "from runtime_app.local import spawn\n"
        f"tied = spawn.tied(['sleep', '60'], account={chosen.spelling!r})\n"
        "print(subprocess.Popen(tied, stdout=subprocess.DEVNULL).pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent_code],
        cwd=Path(spawn.__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        child = Path("/proc") / parent.stdout.readline().decode().strip()
        eventually(lambda: b"become" not in (child / "cmdline").read_bytes())
        parent.kill()
        eventually(lambda: _gone(child), within_s=2.0)


def test_an_orphan_does_not_start():
    argv = [sys.executable, become.__file__, "1", str(int(signal.SIGKILL)), "itself", "true"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "the parent has died meanwhile" in done.stderr


def test_files_change_hands_once(tmp_path: Path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "file").touch()
    itself = Account("itself", os.geteuid(), os.getegid())

    account.give(tmp_path, itself)

    assert (tmp_path / "inner" / "file").stat().st_uid == os.geteuid()


def _gone(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
