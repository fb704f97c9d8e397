"""The visit that a release gets once it is up: a few requests that use all of it.

It speaks HTTP only, as a guest of its own, to a scripted model: it costs nothing and needs no
provider. Its runs stay in the log like any other.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from runtime_app.client import Client, NoAnswer, Refused
from runtime_app.clock import Clock
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal
from runtime_app.sse import SseEvent

WITHIN_S = 60.0
_ASKED = "What is 6*7?"
_ANSWER = {"value": 42}
_ENDLESS = "scripted/tokens?n=10000&delay_ms=50"
_CAPS = {"steps": 8, "wall_clock_s": 60}


class Broken(Exception):
    """What a step expected and what it found."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step went.

    Args:
        found: what it saw; of a step that failed, what is wrong.
        remedy: what to do; empty when it went well.
    """

    step: str
    ok: bool
    took_ms: int
    found: str
    remedy: str = ""


@dataclass
class Visit:
    """The runs of one visit, and what has been read of them.

    Args:
        until_s: the monotonic time at which the visit gives up.
        seen: the first run's events in the format `ai-sdk`.
    """

    client: Client
    clock: Clock
    release: str
    until_s: float
    name: str = field(default_factory=lambda: f"smoke-{secrets.token_hex(6)}")
    seen: list[SseEvent] = field(default_factory=list)

    def left_s(self) -> float:
        """The time that is left.

        Raises:
            Broken: there is none.
        """
        left = self.until_s - self.clock.monotonic()
        if left <= 0:
            raise Broken("the time for the whole visit is up")
        return left

    def ask(self, method: str, path: str, run: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer to a request about one of the visit's runs, which is its own thread."""
        self.left_s()
        if method == "GET":
            path = f"{path}?thread_id={run}"
        return self.client.call(method, path, run_id=run, thread_id=run, body=body)

    def start(self, run: str, model: str) -> Any:
        """Start `run`, which waits for a message."""
        body = {"run_id": run, "thread_id": run, "model": model, "caps": _CAPS}
        return self.ask("POST", "/runs", run, {**body, "metadata": {"smoke": self.release}})

    def say(self, run: str, text: str) -> Any:
        """Add a message to `run`."""
        frame = {"frame_id": "f1", "type": "user_message", "payload": {"text": text}}
        return self.ask("POST", f"/runs/{run}/frames", run, {"thread_id": run, **frame})

    def read(self, run: str, query: str = "", after: str | None = None) -> Iterator[SseEvent]:
        """The stream of `run` until it ends or the time is up."""
        tail_ms = max(1, int(self.left_s() * 1000))
        path = f"/runs/{run}/stream?thread_id={run}&tail_ms={tail_ms}{query}"
        for event in self.client.stream("GET", path, run_id=run, thread_id=run, after=after):
            self.left_s()
            yield event


@dataclass(frozen=True, slots=True)
class Step:
    """One row: `take` says what it has seen, or raises."""

    name: str
    take: Callable[[Visit], str]
    remedy: str


def visit(
    base_url: str, key: SigningKey, release: str, clock: Clock, within_s: float = WITHIN_S
) -> Iterator[Outcome]:
    """Take the steps in order; the first that fails is the last.

    Args:
        key: signs for the guest `smoke:<release>`.
        within_s: for all steps together.
    Effects: two runs of that guest, on threads of their own.
    """
    guest = Principal(guest_scope=f"smoke:{release}")
    begun_s = clock.monotonic()
    client = Client(base_url, key, guest, timeout_s=min(within_s, 20.0))
    made = Visit(client, clock, release, begun_s + within_s)
    for step in STEPS:
        at_s = clock.monotonic()
        problem = ""
        try:
            found = step.take(made)
        except (Broken, NoAnswer, Refused) as error:
            problem = str(error)
        except (LookupError, TypeError, ValueError) as error:
            problem = f"an answer that cannot be read: {type(error).__name__} {error}"
        took_ms = round((clock.monotonic() - at_s) * 1000)
        if problem:
            yield Outcome(step.name, False, took_ms, problem, step.remedy)
            return
        yield Outcome(step.name, True, took_ms, found)


def _health(made: Visit) -> str:
    for path in ("/healthz", "/readyz"):
        status, told = made.client.look(path)
        _hold(status == 200, f"GET {path} is {status}: {json.dumps(told)}")
    return f"ready, keys {', '.join(told['keys'])}"


def _start(made: Visit) -> str:
    answer = made.start(made.name, "scripted/demo")
    _hold(answer["status"] == "accepted", f"the run is {answer['status']}, not accepted")
    return f"run {made.name}"


def _frame(made: Visit) -> str:
    answer = made.say(made.name, _ASKED)
    _hold(answer["status"] == "accepted", f"the frame is {answer['status']}, not accepted")
    return f"asked {_ASKED!r}"


def _stream(made: Visit) -> str:
    made.seen = list(made.read(made.name, "&cursor=0"))
    _hold(bool(made.seen), "nothing came")
    end = made.seen[-1]
    _hold(end.data == "[DONE]", f"it ended without [DONE], after {end.data[:80]}")
    ids = [int(event.event_id or 0) for event in made.read(made.name, "&cursor=0&format=native")]
    gap = next((want for want, got in enumerate(ids, 1) if want != got), None)
    _hold(gap is None, f"event {gap} is missing or comes twice")
    _hold(len(ids) == int(end.event_id or 0), f"{len(ids)} events, and [DONE] has {end.event_id}")
    return f"{len(made.seen)} parts to [DONE], events 1 to {len(ids)} without a gap"


def _tool(made: Visit) -> str:
    parts = [json.loads(event.data) for event in made.seen[:-1]]
    kinds = [part["type"] for part in parts]
    _hold("tool-input-available" in kinds, "the model's tool call did not come")
    answers = [part["output"] for part in parts if part["type"] == "tool-output-available"]
    _hold(answers == [_ANSWER], f"the tool answered {answers}, not {[_ANSWER]}")
    return f"calc answered {_ANSWER['value']}"


def _resume(made: Visit) -> str:
    middle = made.seen[len(made.seen) // 2].event_id
    # An id stands on the last part of its event; the parts after that carry it on.
    at = [event.event_id for event in made.seen].index(middle)
    rest = [event.data for event in made.seen[at + 1 :]]
    again = [event.data for event in made.read(made.name, after=middle)]
    _hold(again == rest, f"{len(again)} parts after {middle}, not the {len(rest)} of before")
    return f"the same {len(rest)} parts after event {middle}"


def _cancel(made: Visit) -> str:
    run = f"{made.name}-cancel"
    made.start(run, _ENDLESS)
    made.say(run, "go on")
    asked = False
    last = ""
    for event in made.read(run, "&cursor=0"):
        if not asked and '"text-delta"' in event.data:
            asked = True
            body = {"thread_id": run, "reason": "smoke"}
            answer = made.ask("POST", f"/runs/{run}/cancel", run, body)
            _hold(answer["cancelRequested"] is True, "the cancel was not taken")
        if '"abort"' in event.data:
            last = "abort"
        if event.data == "[DONE]":
            _hold(last == "abort", "the run ended by itself, not by the cancel")
            return "stopped in the middle of an answer"
    raise Broken("the stream ended before the run was cancelled")


def _integrity(made: Visit) -> str:
    checked = 0
    for run in (made.name, f"{made.name}-cancel"):
        chain = made.ask("GET", f"/runs/{run}/integrity", run)
        _hold(chain["verified"] is True, f"the chain of {run} does not hold: {json.dumps(chain)}")
        checked += chain["checkedTo"]
    return f"the chains of both runs hold, {checked} events"


def _hold(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Broken(otherwise)


STEPS = (
    Step("health", _health, "See what /readyz says is false; `oa-runtime doctor` has the remedy."),
    Step("start", _start, "401 or 403: give the key that the web role believes. Else see its log."),
    Step("frame", _frame, "See the log of the web role for this request."),
    Step("stream", _stream, "Are worker-runs up, and do they reach the broker? See their logs."),
    Step("tool", _tool, "Is worker-tools up, and does it reach the broker? See its log."),
    Step("resume", _resume, "Does a proxy drop Last-Event-ID or keep streams in a cache?"),
    Step("cancel", _cancel, "Does OA_DATABASE_DIRECT_URL of worker-runs lead past the pooler?"),
    Step("integrity", _integrity, "Stop the release, and keep the rows: docs/INTEGRITY.md."),
)
