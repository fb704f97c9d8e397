"""People who talk without a pause, each reading along, whatever happens to the processes behind it.

A turn is one run with one tool call. Who is cut off comes back with the last id; what was never
answered is sent again as it was.
"""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime_app.client import Client, NoAnswer, Refused
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal
from runtime_app.sse import SseEvent
from tests.support.api import fresh

#: One call of a tool, then words for about a second.
MODEL = "scripted/demo?delay_ms=100"
QUESTION = "what is 12*7?"
_AGAIN_AFTER_S = 0.1
_LAST_TURN_S = 60


@dataclass
class Turn:
    """What one reader saw of one run, in the native format.

    Attributes:
        waits_s: from one event to the next, the first from the question on.
        cuts: streams that ended before the run did.
        away: connections that nobody took, or that were given up before an answer.
    """

    user_id: int
    run_id: str
    thread_id: str
    events: list[SseEvent] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    cuts: int = 0
    away: int = 0

    @property
    def types(self) -> list[str]:
        """The types of its events, in order."""
        return [event.event for event in self.events]


class Talkers:
    """So many people, talking between `__enter__` and `__exit__`; then each ends its turn.

    Args:
        state: of the stack, as `stack.json` has it.

    Attributes:
        doors: base URLs of the service; may be changed at any time.
        turns: those that have ended.
        errors: whatever a reader should never see.
    """

    def __init__(self, state: dict[str, Any], count: int) -> None:
        self.doors: Sequence[str] = (state["base_url"],)
        self.turns: list[Turn] = []
        self.errors: list[str] = []
        self._key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
        self._choice = itertools.count()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._talk, args=(number + 1,), daemon=True)
            for number in range(count)
        ]

    def __enter__(self) -> "Talkers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=_LAST_TURN_S)
            if thread.is_alive():
                self.errors.append("a run does not end")

    def _talk(self, user_id: int) -> None:
        while not self._stop.is_set():
            turn = Turn(user_id, fresh(), fresh("t"))
            try:
                self._read(turn)
            except Exception as error:  # noqa: BLE001 - the test tells what went wrong
                self.errors.append(f"{turn.run_id} {type(error).__name__}: {error}")
            self.turns.append(turn)

    def _read(self, turn: Turn) -> None:
        last_s = time.monotonic()
        while not turn.events or turn.events[-1].event != "run.finished":
            try:
                for event in self._stream(turn):
                    turn.events.append(event)
                    now_s = time.monotonic()
                    turn.waits_s.append(now_s - last_s)
                    last_s = now_s
            except NoAnswer as error:
                if isinstance(error.__cause__, ConnectionError):
                    turn.away += 1
                else:
                    self.errors.append(f"{turn.run_id} {error}")
                self._stop.wait(_AGAIN_AFTER_S)
            except Refused as error:
                self.errors.append(f"{turn.run_id} {error}")
                self._stop.wait(_AGAIN_AFTER_S)
            else:
                turn.cuts += turn.types[-1:] != ["run.finished"]

    def _stream(self, turn: Turn) -> Iterator[SseEvent]:
        doors = self.doors
        door = doors[next(self._choice) % len(doors)]
        client = Client(door, self._key, Principal(user_id=turn.user_id))
        names = {"run_id": turn.run_id, "thread_id": turn.thread_id}
        if turn.events:
            path = f"/runs/{turn.run_id}/stream?thread_id={turn.thread_id}&format=native"
            return client.stream("GET", path, **names, after=turn.events[-1].event_id)
        frame = {"frame_id": "f1", "type": "user_message", "payload": {"text": QUESTION}}
        body = {"run": {**names, "model": MODEL}, "frame": frame}
        return client.stream("POST", "/runs/stream?format=native", **names, body=body)
