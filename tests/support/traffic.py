"""Signed requests at a steady rate, to whichever of some web processes are in service."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from runtime_app.security.key_ring import SigningKey
from tests.support.api import Api, fresh
from tests.support.stack import eventually

#: A caller begins a new run after so many requests.
_RUN_LASTS = 20


class Service:
    """Some processes behind one name, as a balancer sees them: in service, or leaving."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_service: list[str] = []
        self._busy: Counter[str] = Counter()
        self._turns = itertools.count()

    @property
    def in_service(self) -> tuple[str, ...]:
        """Base URLs, the oldest first."""
        with self._lock:
            return tuple(self._in_service)

    def enter(self, base_url: str) -> None:
        """One more gets requests from now on."""
        with self._lock:
            self._in_service.append(base_url)

    def leave(self, base_url: str) -> None:
        """It gets no more requests, and has answered those that it got."""
        with self._lock:
            self._in_service.remove(base_url)
        eventually(lambda: not self._busy[base_url], within_s=30, what=f"{base_url} is idle")

    @contextmanager
    def one(self) -> Iterator[str]:
        """The next one, busy for as long as the block lasts."""
        with self._lock:
            base_url = self._in_service[next(self._turns) % len(self._in_service)]
            self._busy[base_url] += 1
        try:
            yield base_url
        finally:
            with self._lock:
                self._busy[base_url] -= 1


@dataclass(frozen=True)
class Answered:
    """One request: the key that signed it, and what came back (status, or an error's name)."""

    key_id: str
    outcome: int | str
    text: str


class Traffic:
    """Callers that start runs, add frames and look at them.

    Attributes:
        key: what requests are signed with; may be changed at any time.
        answers: every request so far.
    """

    def __init__(self, service: Service, key: SigningKey, *, per_s: float, callers: int) -> None:
        self.key = key
        self.answers: list[Answered] = []
        self._service = service
        self._pause_s = callers / per_s
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(callers)]
        self._began_s = 0.0

    def __enter__(self) -> "Traffic":
        self._began_s = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def per_s(self) -> float:
        """Requests a second so far."""
        return len(self.answers) / (time.monotonic() - self._began_s)

    def _call(self) -> None:
        due_s = time.monotonic()
        for number in itertools.count():
            if number % _RUN_LASTS == 0:
                run_id, thread_id = fresh(), fresh("t")
            self._send(number % _RUN_LASTS, run_id, thread_id)
            # Late is late: what was missed is not made up for in a burst.
            due_s = max(due_s + self._pause_s, time.monotonic() - self._pause_s)
            if self._stop.wait(max(0.0, due_s - time.monotonic())):
                return

    def _send(self, number: int, run_id: str, thread_id: str) -> None:
        key = self.key
        try:
            with self._service.one() as base_url:
                api = Api(base_url, key)
                if number == 0:
                    answer = api.start(run_id, thread_id, model="scripted/echo", mode="session")
                elif number % 3 == 0:
                    answer = api.frame(run_id, thread_id, fresh("f"), type="context")
                else:
                    answer = api.get("", run_id, thread_id)
        except requests.RequestException as error:
            self.answers.append(Answered(key.key_id, type(error).__name__, str(error)))
        else:
            self.answers.append(Answered(key.key_id, answer.status_code, answer.text))
