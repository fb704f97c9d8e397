"""`make test-laravel`: the PHP package's own tests, against a real stack and a real site.

python -m tests.support.php_tests [arguments of phpunit]
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.php_site import APP, php_site
from tests.support.stack import PROJECT, RunningStack, running_stack

PACKAGES = (
    "php-cli php-curl php-xml php-mbstring php-sqlite3 php-pgsql php-laravel-framework "
    "php-guzzlehttp-guzzle phpunit nginx-light php-fpm"
)
_EXTENSIONS = "curl json mbstring pdo_pgsql pdo_sqlite posix dom"
_FILES = ("Illuminate/autoload.php", "GuzzleHttp/autoload.php")
# The tests start many runs for few users, and kill what the stack is made of.
_STACK = {
    "OA_AUTH_REQUIRE_REQUEST_BINDING": "on",
    "OA_MAX_RUNS_PER_OWNER": "1000000",
    "OA_SLOTS_PER_OWNER": "1000",
}


def main(arguments: list[str]) -> int:
    """Run them; PHPUnit's exit code, or 1 with a line that says what is missing."""
    missing = _missing()
    if missing:
        found = ", ".join(missing)
        sys.stderr.write(f"Missing: {found}. On Debian: apt-get install {PACKAGES}\n")
        return 1
    with (
        running_stack(**_STACK) as stack,
        tempfile.TemporaryDirectory(prefix="oa-laravel-") as folder,
    ):
        env = _environment(stack, Path(folder))
        (Path(folder) / "chat.sqlite").touch()
        _php(env, "migrate", "--force")
        with php_site(Path(folder), _fpm() or "", env) as site:
            done = subprocess.run(
                ["phpunit", *arguments],
                cwd=PROJECT / "laravel",
                env={**env, "OA_LARAVEL_SITE": site},
                check=False,
            )
            log = Path(folder) / "laravel.log"
            if done.returncode and log.exists():
                sys.stderr.write(log.read_text()[-4000:])
            return done.returncode


def _environment(stack: RunningStack, folder: Path) -> dict[str, str]:
    state = stack.state
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("OA_", "DB_"))
    }
    return {
        **inherited,
        "OA_LARAVEL_HOME": str(folder),
        "OA_LARAVEL_STACK": str(stack.home / "stack.json"),
        "OA_RUNTIME_DRIVER": "runtime",
        "OA_RUNTIME_BASE_URL": state["base_url"],
        "OA_RUNTIME_SIGNING_KEY": state["signing_key"],
        "OA_RUNTIME_SIGNING_KEY_ID": state["signing_key_id"],
    }


def _php(env: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        ["php", str(APP / "artisan"), *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _missing() -> list[str]:
    programs = [name for name in ("php", "phpunit") if shutil.which(name) is None]
    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        programs.append("nginx")
    if _fpm() is None:
        programs.append("php-fpm")
    if "php" in programs:
        return programs
    look = (
        f"foreach (explode(' ', '{_EXTENSIONS}') as $x)"
        ' extension_loaded($x) or print("ext-$x\\n");'
        f"foreach (explode(' ', '{' '.join(_FILES)}') as $f)"
        ' stream_resolve_include_path($f) or print("$f\\n");'
    )
    found = subprocess.run(["php", "-r", look], capture_output=True, text=True, check=True)
    return programs + found.stdout.split()


def _fpm() -> str | None:
    """php-fpm; Debian puts its version into its name."""
    named = sorted(glob.glob("/usr/sbin/php-fpm*"))
    return shutil.which("php-fpm") or (named[-1] if named else None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
