"""An executor in a process of its own, put together as a worker's is, with a model of the bench's.

No broker is between: what is measured is the executor, and not how it hears of work.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bench.runs import WITHOUT_LIMIT
from runtime_app.bootstrap.worker import WorkerRuntime
from runtime_app.config import Config
from runtime_app.db.database import Database
from runtime_app.events.event import Origin
from runtime_app.frames import inbox
from runtime_app.frames.frame import Frame
from runtime_app.providers.provider import Done, ModelRequest, StreamEvent, TextDelta, Usage
from runtime_app.providers.router import Providers
from runtime_app.runs.caps import Caps
from runtime_app.runs.run import RunDefaults, RunRequest
from runtime_app.security.principal import Principal


@dataclass(frozen=True, slots=True)
class Speaker:
    """A model whose tokens say when they were said: milliseconds since `since_s`.

    Args:
        tokens, every_s: how many, and the time from one to the next.
    """

    tokens: int
    every_s: float
    since_s: float
    name: str = "speaker"

    def open(self, _request: ModelRequest) -> "_Speech":
        """A speech; it begins when it is read."""
        return _Speech(self)


class _Speech:
    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._over = threading.Event()

    def __iter__(self) -> Iterator[StreamEvent]:
        speaker, began_s = self._speaker, time.monotonic()
        for number in range(speaker.tokens):
            wait_s = began_s + number * speaker.every_s - time.monotonic()
            if wait_s > 0 and self._over.wait(wait_s):
                return
            yield TextDelta(f"t{(time.time() - speaker.since_s) * 1000:.0f}t ")
        yield Usage(1, speaker.tokens)
        yield Done("stop")

    def close(self) -> None:
        """Say no more."""
        self._over.set()


def runtime_with(state: dict[str, Any], speaker: Speaker) -> WorkerRuntime:
    """A worker's runtime on a stack's servers whose only provider is `speaker`; started."""
    config = Config.from_env(
        {
            "DATABASE_URL": state["database_url"],
            "OA_DATABASE_DIRECT_URL": state["direct_url"],
            "OA_BROKER_URL": state["broker_url"],
            "OA_SIGNING_KEYS": state["signing_keys"],
            "OA_SANITIZER_KEYS": state["sanitizer_keys"],
            "OA_CALLS_PER_PROVIDER": "10000",
            "OA_ROLE": "bench",
        }
    )
    runtime = WorkerRuntime.build(config)
    runtime.start()
    executor = replace(runtime.executor, providers=Providers({speaker.name: speaker}))
    return replace(runtime, executor=executor)


def begin(db: Database, run_id: str) -> None:
    """A run of an owner of its own, with its message."""
    defaults = RunDefaults("speaker/bench", Caps(), "bench")
    request = RunRequest(run_id, run_id, "turn", None, {}, None, None, None, run_id)
    frame = Frame("f1", "user_message", {"text": "speak"})
    owner = Principal(guest_scope=run_id)
    with db.transaction() as tx:
        now = datetime.now(UTC)
        inbox.start_with(tx, request, frame, owner, defaults, now, Origin(), WITHOUT_LIMIT)


def apart(module: str, state: dict[str, Any]) -> Any:
    """What `module`, run as a program, answers to `state`: in a process that does nothing else.

    The stack's own executor stands still meanwhile: sweeps would have it take the bench's runs.
    """
    own = state["roles"]["worker-runs"]["pid"]
    os.kill(own, signal.SIGSTOP)
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(state),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    finally:
        os.kill(own, signal.SIGCONT)
    return json.loads(done.stdout)


def answer(work: Callable[[dict[str, Any]], Any]) -> None:
    """The other end of `apart`."""
    print(json.dumps(work(json.load(sys.stdin))))
