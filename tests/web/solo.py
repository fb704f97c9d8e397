"""A web process alone, for settings and surroundings that the shared stack does not have."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from runtime_app.local.ports import free_port
from runtime_app.security.key_ring import SigningKey
from tests.support.stack import NO_THROTTLE, PROJECT, eventually

KEY = SigningKey("solo", b"a secret of this test alone")


def surroundings(state: Mapping[str, Any], **settings: str) -> dict[str, str]:
    """The settings of a web process beside the stack of `state`, with a key ring of its own."""
    return {
        "DATABASE_URL": state["database_url"],
        "OA_DATABASE_DIRECT_URL": state["direct_url"],
        "OA_BROKER_URL": state["broker_url"],
        "OA_SIGNING_KEYS": f"{KEY.key_id}:{KEY.secret.decode()}",
        "OA_SANITIZER_KEYS": state["sanitizer_keys"],
        "OA_ROLE": "web",
        **NO_THROTTLE,
        **settings,
    }


@contextmanager
def web_process(settings: Mapping[str, str]) -> Iterator[str]:
    """Run one; its base URL. It is stopped at the end, and has to stop in time."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf"),
            *("--bind", f"127.0.0.1:{port}", "web.wsgi:app"),
        ],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base_url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _alive(base_url, process), within_s=30, what="the web process is up")
        yield base_url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _alive(base_url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it ended"
    try:
        return requests.get(f"{base_url}/healthz", timeout=2).ok
    except (requests.ConnectionError, requests.Timeout):
        return False
