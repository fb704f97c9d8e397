"""`make test-laravel`: the PHP package's own tests, against a real stack and a real site.

python -m tests.support.php_tests [arguments of phpunit]
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.php_application import application, php_fpm
from tests.support.php_site import php_site
from tests.support.stack import PROJECT, running_stack

PACKAGES = (
    "php-cli php-curl php-xml php-mbstring php-sqlite3 php-pgsql php-laravel-framework "
    "php-guzzlehttp-guzzle phpunit nginx-light php-fpm"
)
_EXTENSIONS = "curl json mbstring pdo_pgsql pdo_sqlite posix dom"
_FILES = ("Illuminate/autoload.php", "GuzzleHttp/autoload.php")
#: Where nginx carries the streams: each of them would hold it, if PHP did.
ACCEL_WORKERS = 1
_ROUTES = ("--group", "routes")
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
        stack_json = str(stack.home / "stack.json")
        home = Path(folder)
        accel_home = home / "accel"
        accel_home.mkdir()
        env = application(home, stack.state, OA_LARAVEL_STACK=stack_json)
        accel_env = {**env, "OA_RUNTIME_STREAM_ACCEL": "true"}
        with (
            php_site(home, env) as site,
            php_site(accel_home, accel_env, workers=ACCEL_WORKERS) as accel_site,
        ):
            env["OA_LARAVEL_ACCEL_SITE"] = accel_site
            code = _phpunit(arguments, {**env, "OA_LARAVEL_SITE": site})
            if code == 0:
                sys.stderr.write("The routes again, their streams carried by nginx:\n")
                code = _phpunit([*arguments, *_ROUTES], {**env, "OA_LARAVEL_SITE": accel_site})
            log = home / "laravel.log"
            if code and log.exists():
                sys.stderr.write(log.read_text()[-4000:])
            return code


def _phpunit(arguments: list[str], env: dict[str, str]) -> int:
    laravel = PROJECT / "laravel"
    return subprocess.run(["phpunit", *arguments], cwd=laravel, env=env, check=False).returncode


def _missing() -> list[str]:
    programs = [name for name in ("php", "phpunit") if shutil.which(name) is None]
    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        programs.append("nginx")
    if php_fpm() is None:
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
