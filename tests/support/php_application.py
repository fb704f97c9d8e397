"""The PHP package's test application: its settings, its database, and what runs it."""

import glob
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.stack import PROJECT

APP = PROJECT / "laravel" / "tests" / "app"


def application(home: Path, state: Mapping[str, Any], **settings: str) -> dict[str, str]:
    """The environment of an application of one's own, on a stack; its tables are made.

    Args:
        home: a folder for all that it writes.
        state: `stack.json` of the stack that it calls.
        settings: more of them, or others.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("OA_", "DB_"))
    }
    env = {
        **inherited,
        "OA_LARAVEL_HOME": str(home),
        "OA_RUNTIME_DRIVER": "runtime",
        "OA_RUNTIME_BASE_URL": state["base_url"],
        "OA_RUNTIME_SIGNING_KEY": state["signing_key"],
        "OA_RUNTIME_SIGNING_KEY_ID": state["signing_key_id"],
        **settings,
    }
    (home / "chat.sqlite").touch()
    artisan(env, "migrate", "--force")
    return env


def artisan(env: Mapping[str, str], *arguments: str) -> str:
    """What a command of the application prints.

    Raises:
        AssertionError: it failed; carries its output.
    """
    done = subprocess.run(
        ["php", str(APP / "artisan"), *arguments],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def php_fpm() -> str | None:
    """php-fpm; Debian puts its version into its name."""
    named = sorted(glob.glob("/usr/sbin/php-fpm*"))
    return shutil.which("php-fpm") or (named[-1] if named else None)
