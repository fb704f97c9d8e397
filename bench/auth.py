"""What knowing the caller costs a request: token, nonce and ownership, beside none of them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bench import runs, stack
from bench.harness import Figure, at_most, percentile, plain
from bench.http_load import Connection
from runtime_app.local.ports import free_port
from runtime_app.local.probes import page_ok
from runtime_app.security.key_ring import SigningKey

ROUNDS = 2000
WARM_UP = 200


def run() -> list[Figure]:
    """GET /runs/{id}, in turn at a web process and at one without the checks."""
    with stack.running() as state, _serve(state, "web.wsgi:app") as whole:
        with _serve(state, "bench.bare_web:app") as bare:
            db = runs.database(state["database_url"], 1)
            runs.make(db, ["bench-1"])
            db.close()
            key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
            laps = _laps({"whole": Connection(whole, key), "bare": Connection(bare, key)})
    p50 = {name: percentile(times, 0.5) for name, times in laps.items()}
    return [
        plain("auth", "GET /runs/{id}, p50", p50["whole"], "ms"),
        plain("auth", "the same without the checks, p50", p50["bare"], "ms"),
        at_most(
            "auth",
            "what they add, p50",
            p50["whole"] - p50["bare"],
            "ms",
            1.2,
            "token, nonce and ownership of a request, beside the same route without them, p50",
        ),
    ]


def _laps(connections: Mapping[str, Connection]) -> dict[str, list[float]]:
    names = {"run_id": "bench-1", "thread_id": "bench"}
    laps: dict[str, list[float]] = {name: [] for name in connections}
    for number in range(WARM_UP + ROUNDS):
        for name, connection in connections.items():
            began_s = time.perf_counter()
            status, answer = connection.send(
                "GET", "/runs/bench-1?thread_id=bench", names, body=None
            )
            took_s = time.perf_counter() - began_s
            assert status == 200, answer
            if number >= WARM_UP:
                laps[name].append(took_s * 1000)
    return laps


@contextmanager
def _serve(state: Mapping[str, Any], app: str) -> Iterator[str]:
    """A web process beside the stack; its base URL."""
    port = free_port()
    settings = {
        "DATABASE_URL": state["database_url"],
        "OA_DATABASE_DIRECT_URL": state["direct_url"],
        "OA_BROKER_URL": state["broker_url"],
        "OA_SIGNING_KEYS": state["signing_keys"],
        "OA_SANITIZER_KEYS": state["sanitizer_keys"],
        "OA_ROLE": "web",
        "OA_LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_conf"),
            *("--bind", f"127.0.0.1:{port}", app),
        ],
        cwd=stack.PROJECT,
        env={"PATH": os.environ["PATH"], **settings},
    )
    try:
        deadline_s = time.monotonic() + 60
        while not page_ok(port, "/readyz"):
            assert process.poll() is None, f"{app} ended"
            assert time.monotonic() < deadline_s, f"{app} is not ready"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
