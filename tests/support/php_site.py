"""The PHP package's test application, served as in production: nginx before php-fpm."""

import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.php_application import APP, php_fpm
from tests.support.stack import PROJECT, eventually

#: One stream holds one of them.
PHP_WORKERS = 60

_FPM = """\
[global]
error_log = {home}/fpm.log
daemonize = no
[chat]
listen = {home}/fpm.sock
listen.mode = 0600
{account}
pm = static
pm.max_children = {workers}
clear_env = no
catch_workers_output = yes
php_admin_flag[display_errors] = off
php_admin_flag[log_errors] = on
"""

_NGINX = """\
daemon off;
{account}
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  include /etc/nginx/mime.types;
  client_body_temp_path {home}/body;
  fastcgi_temp_path {home}/fastcgi;
  proxy_temp_path {home}/proxy;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {locations}
    location /page/ {{
      alias {home}/page/;
    }}
    location / {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME {app}/public/index.php;
      fastcgi_param SCRIPT_NAME /index.php;
      fastcgi_pass unix:{home}/fpm.sock;
      fastcgi_read_timeout 300s;
      {says_where}
    }}
  }}
}}
"""


#: The address that the package's README has in its configuration of nginx.
_RUNTIME = "http://openagents-runtime:4000"


@contextmanager
def php_site(
    home: Path, env: Mapping[str, str], *, workers: int = PHP_WORKERS, runtime: str | None = None
) -> Iterator[str]:
    """Serve the application while inside, and the files of `page` in its home below /page/.

    Args:
        home: a folder for sockets, logs and its SQLite file.
        env: its settings.
        workers: processes of php-fpm.
        runtime: where nginx finds the runtime, if not where the application does.
    Yields:
        The address of the site.
    Raises:
        AssertionError: it does not answer within 10 s; carries the logs.
    """
    port = _free_port()
    root = os.geteuid() == 0
    (home / "fpm.conf").write_text(
        _FPM.format(home=home, workers=workers, account="user = root\ngroup = root" if root else "")
    )
    says_where, locations = _in_the_readme(runtime or env["OA_RUNTIME_BASE_URL"])
    (home / "nginx.conf").write_text(
        _NGINX.format(
            home=home,
            port=port,
            app=APP,
            account="user root;" if root else "",
            says_where=says_where,
            locations=locations,
        )
    )
    as_root = ["-R"] if root else []
    commands = (
        [php_fpm() or "", "-F", *as_root, "-y", str(home / "fpm.conf")],
        [_nginx(), "-p", str(home), "-e", str(home / "nginx.log"), "-c", str(home / "nginx.conf")],
    )
    with (home / "site.out").open("wb") as sink:
        started = [
            subprocess.Popen(argv, env=dict(env), stdout=sink, stderr=subprocess.STDOUT)
            for argv in commands
        ]
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _alive(url), what=f"the site answers; its logs are in {home}")
        yield url
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=10)


def _in_the_readme(runtime: str) -> list[str]:
    """What the package tells its users to write: beside `fastcgi_pass`, and in the server."""
    page = (PROJECT / "laravel" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```nginx\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert [block.count(_RUNTIME) for block in blocks] == [0, 1], blocks
    return [block.replace(_RUNTIME, runtime) for block in blocks]


def _alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/alive", timeout=5) as answer:
            return answer.read() == b"alive"
    except (urllib.error.URLError, OSError):
        return False


def _nginx() -> str:
    return shutil.which("nginx") or "/usr/sbin/nginx"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
