"""The live replay: what this release, as it is set up now, would do with a history. Pure.

The recorded decisions say when to decide, the core says what. Frames, cancel requests, losses and
answers come as they came; an answer that nobody asks for now is left out, and one that history does
not have ends the comparison, for no model is called. A tool that is called again gets its recorded
result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from runtime_app.canonical import stable_hash
from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import Event, NewEvent
from runtime_app.executor.actions import Append, Infer, Park
from runtime_app.executor.decide import decide
from runtime_app.fold.evolve import evolve
from runtime_app.fold.state import RunState
from runtime_app.replay.answers import awaited, call_id
from runtime_app.replay.comparison import Comparison, Prompt, Release
from runtime_app.replay.difference import Difference, first_difference
from runtime_app.replay.history import ANSWERS, Batch, Kind, batches, moments
from runtime_app.runs import client_tools

#: What two releases may say differently without meaning anything else.
_CIRCUMSTANCES = frozenset({"code_version", "losses", "message_id", "reason", "usage"})
#: Decisions that may follow one recorded decision, before the run waits for something.
_MOST_APPENDS = 16


def compare(run_id: str, log: Iterable[Event], release: Release) -> Comparison:
    """Take a history through this release. What the core raises is a difference, and ends it.

    Args:
        log: in order, from the first event; deltas and progress are not needed.
    """
    replayed = _Live(run_id, release)
    for batch in batches(log):
        try:
            replayed.take(batch)
        except Exception as error:  # noqa: BLE001 - what the core raises is what differs
            return replayed.comparison(batch.seq, error)
    return replayed.comparison()


class _Live:
    """Two runs side by side: as it was, and as it would be."""

    def __init__(self, run_id: str, release: Release) -> None:
        self._release = release
        self._was = RunState(run_id)
        self._now = RunState(run_id)
        self._was_end = self._now_end = ""
        self._ids: dict[str, str] = {}
        self._found: list[Difference] = []
        self._prompts: list[Prompt] = []
        self._apart = False

    def take(self, batch: Batch) -> None:
        """Go on by one recorded append."""
        match batch.kind:
            case Kind.OUTSIDE:
                self._hear(batch)
            case Kind.DECISION:
                self._decide(batch)
            case Kind.ANSWER:
                self._answer(batch)
        for event in batch.events:
            self._was = evolve(self._was, event)
            if event.type == "run.finished":
                self._was_end = event.payload["reason_class"]

    def comparison(self, seq: int = 0, error: Exception | None = None) -> Comparison:
        """What has been found; at `seq` the core raised `error`."""
        if error is not None:
            self._differs(seq, "core", "went on", f"{type(error).__name__}: {error}")
        was, now = self._was_end or self._was.status, self._now_end or self._now.status
        if was != now:
            self._differs(self._was.seq, "end", was, now)
        found, prompts = tuple(self._found), tuple(self._prompts)
        return Comparison(self._was.run_id, self._was.seq, was, now, found, prompts)

    def _hear(self, batch: Batch) -> None:
        for event in batch.events:
            if event.type == "run.accepted":
                event = self._capped(event)
            payload = event.payload
            if event.type == "tool.result":
                known = self._ids.get(payload["tool_call_id"], "")
                payload = {**payload, "tool_call_id": known}
            self._apply(event.type, payload, batch)

    def _capped(self, accepted: Event) -> Event:
        recorded = accepted.payload["caps"]
        given = asdict(self._release.caps)
        caps = {name: min(given[name], recorded.get(name, given[name])) for name in given}
        for name, limit in caps.items():
            if limit != recorded.get(name, limit):
                self._differs(accepted.seq, f"caps.{name}", recorded[name], limit)
        return replace(accepted, payload={**accepted.payload, "caps": caps})

    def _decide(self, batch: Batch) -> None:
        if self._now.ended:
            return self._part(batch.seq, "decision", _names(batch.events), "has ended")
        if self._apart and awaited(self._now) and _asks(batch):
            self._apart = False  # it has asked already, and both wait for the same answer
            return None
        moment = moments(self._now, batch)[0]
        for n in range(_MOST_APPENDS):
            action = decide(self._now, replace(moment, code_version=self._release.code_version))
            events = () if isinstance(action, Park) else action.events
            if n == 0:
                parks = f"parks: {action.why}" if isinstance(action, Park) else ""
                self._compare(batch, events, parks)
            for event in events:
                self._apply(event.type, event.payload, batch)
            if isinstance(action, Infer):
                self._ask(batch, action)
            if not isinstance(action, Append) or not self._apart:
                return None
        return None

    def _compare(self, batch: Batch, events: tuple[NewEvent, ...], parks: str) -> None:
        was, now = _names(batch.events), parks or _names(events)
        if was != now:
            return self._part(batch.seq, "decision", was, now)
        self._apart = False
        for event, other in zip(batch.events, events, strict=True):
            sides = _meaning(event.payload), _meaning(other.payload)
            if (found := first_difference(*sides, event.type)) is not None:
                self._differs(event.seq, *found)
        return None

    def _ask(self, batch: Batch, action: Infer) -> None:
        """The prompt of a call that would be made, beside that of the recorded conversation."""
        sha256 = self._prompt(self._now)
        self._prompts.append(Prompt(action.step, action.attempt, sha256))
        if self._apart:
            return
        was = self._was
        for event in batch.events:
            was = evolve(was, event)
        if (recorded := self._prompt(was)) != sha256:
            self._differs(batch.seq, "prompt", recorded, sha256)

    def _prompt(self, state: RunState) -> str:
        release = self._release
        tools = release.registry.offered(state.tool_policy)
        request = release.prompts.build(state, state.model, tools, {})
        return stable_hash(
            {
                "messages": [_plain(asdict(message)) for message in request.messages],
                "tools": [_plain(asdict(tool)) for tool in request.tools],
            }
        )

    def _answer(self, batch: Batch) -> None:
        if not awaited(self._now) and any(event.type in ANSWERS for event in batch.events):
            return self._part(batch.seq, "answer", _names(batch.events), "is not asked for")
        for event in batch.events:
            payload, step = dict(event.payload), self._now.step
            if step is not None:
                at = {"step": step.number, "attempt": step.attempt}
                payload |= {name: value for name, value in at.items() if name in payload}
            if event.type == "tool.call":
                payload["tool_call_id"] = call_id(self._now, payload)
                self._ids[event.payload["tool_call_id"]] = payload["tool_call_id"]
                self._allow(batch, event)
            elif event.type == "tool.result":
                payload["tool_call_id"] = self._ids.get(payload["tool_call_id"], "")
            self._apply(event.type, payload, batch)
        return None

    def _allow(self, batch: Batch, call: Event) -> None:
        """Whether a call that was made could be made now."""
        refused = {
            event.payload["tool_call_id"] for event in batch.events if event.type == "tool.result"
        }
        if call.payload["tool_call_id"] in refused:
            return
        given = call.payload["input"]
        arguments = given if isinstance(given, Mapping) else None
        name, policy = call.payload["tool_name"], self._now.tool_policy
        by_client = client_tools.named(self._now.client_tools, name)
        if by_client is not None:
            problem = client_tools.problem(by_client, arguments)
        else:
            problem = self._release.registry.problem(name, arguments, policy)
        if problem is not None:
            self._differs(call.seq, f"tool {name}", "called", problem)

    def _apply(self, event_type: str, payload: Mapping[str, Any], batch: Batch) -> None:
        if self._now.ended:
            return
        spec = CATALOG.get(event_type)
        version = 1 if spec is None else spec.version
        event = Event(self._now.seq + 1, event_type, version, payload, batch.at)
        self._now = evolve(self._now, event)
        if event_type == "run.finished":
            self._now_end = payload["reason_class"]

    def _part(self, seq: int, field: str, recorded: str, replayed: str) -> None:
        """The two go apart here; what follows from that is not told again and again."""
        if not self._apart:
            self._differs(seq, field, recorded, replayed)
        self._apart = True

    def _differs(self, seq: int, field: str, recorded: Any, replayed: Any) -> None:
        self._found.append(Difference(seq, field, recorded, replayed))


def _asks(batch: Batch) -> bool:
    return any(event.type == "model.call_started" for event in batch.events)


def _names(events: Iterable[Event | NewEvent]) -> str:
    return ", ".join(event.type for event in events)


def _meaning(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in _CIRCUMSTANCES}


def _plain(value: Any) -> Any:
    """Tuples as lists, mappings as objects: what canonical JSON takes."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
