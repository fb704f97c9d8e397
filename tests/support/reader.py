"""A reader of a stream in a thread of its own, for tests that do things while it reads."""

import json
import threading
from typing import Any

import requests

from runtime_app.sse import SseEvent
from tests.support.api import Api, fresh
from tests.support.stack import eventually


class Reader:
    """Reads one stream to its end; comes back by the last id when `resume` and it is cut."""

    def __init__(self, api: Api, run_id: str, thread_id: str, *, resume: bool = False) -> None:
        self.events: list[SseEvent] = []
        self.cuts = 0
        self._api = api
        self._names = run_id, thread_id
        self._resume = resume
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether `[DONE]` has come."""
        return bool(self.events) and self.events[-1].data == "[DONE]"

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The AI SDK parts so far, without what a resume after a cut inside an event repeats."""
        return [json.loads(event.data) for event in self.events if event.data != "[DONE]"]

    def deltas(self) -> int:
        """Text deltas so far."""
        return sum(1 for part in self.parts if part["type"] == "text-delta")

    def wait_deltas(self, count: int, *, within_s: float = 20) -> None:
        """Wait until at least so many deltas have come."""
        eventually(lambda: self.deltas() >= count, within_s=within_s, what=f"{count} deltas")

    def wait_done(self, *, within_s: float) -> None:
        """Wait for `[DONE]`."""
        eventually(lambda: self.done, within_s=within_s, what=f"[DONE] after {self.parts[-3:]}")

    def _read(self) -> None:
        while not self.done:
            try:
                for event in self._api.stream(*self._names, query="", headers=self._from()):
                    self.events.append(event)
            except (requests.RequestException, AssertionError, OSError):
                pass  # cut: by the test, which is what it wants to see through
            if self.done or not self._resume:
                return
            self.cuts += 1
            threading.Event().wait(0.2)

    def _from(self) -> dict[str, str]:
        last = self.events[-1].event_id if self.events else None
        return {"Last-Event-ID": last or "0"}


def begin(
    api: Api, model: str, *, text: str = "hello", resume: bool = False, mode: str = "turn"
) -> tuple[str, str, Reader]:
    """Start a run, watch it from its beginning, send it one message: its names and its reader."""
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model=model, mode=mode).status_code == 201
    reader = Reader(api, run_id, thread_id, resume=resume)
    assert api.frame(run_id, thread_id, "f1", text).status_code == 202
    return run_id, thread_id, reader
