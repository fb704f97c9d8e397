"""A run in a made-up world: the executor's loop over the real `decide` and `fold`.

No database, no broker, no model: what these would have done is told by a history, which is a list
of rounds. A round is one decision and what the world does around it. Once the history is over, the
world is plain: models answer in words, tools succeed, nobody dies, nothing more arrives.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

from runtime_app.events.event import Event, NewEvent
from runtime_app.executor.actions import Action, Call, Finish, Infer, Park
from runtime_app.executor.coalescer import CoalescePolicy, Coalescer
from runtime_app.executor.decide import RULES, decide
from runtime_app.executor.moment import Hop, Moment
from runtime_app.fold.evolve import evolve
from runtime_app.fold.state import RunState
from runtime_app.fold.state_codec import CONVERSATION
from runtime_app.providers.provider import Message
from runtime_app.runs.caps import Caps
from tests.runtime_app.executor.simulated_calls import answered, called
from tests.support.sanitizer import SANITIZER

RUN_ID = "r"
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


# -- what arrives from outside --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame is accepted: user_message, context or complete."""

    frame_type: str


@dataclass(frozen=True, slots=True)
class Forked:
    """The run begins with what another one said, in the middle of its turn or not."""

    open: bool


@dataclass(frozen=True, slots=True)
class Requested:
    """The run is one tool call, which is asked for; a model has no say in it."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Somebody asks for the run to end."""


@dataclass(frozen=True, slots=True)
class Loss:
    """The executor dies between two actions, and the janitor says so."""


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """A tool worker ends one of the open calls."""

    nth: int = 0
    status: str = "succeeded"


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes."""

    seconds: float


Arrival = Frame | Forked | Requested | Cancel | Loss | ToolAnswer | Wait


# -- what a model call comes to -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """It answers: pieces of (kind, text), then calls; True is a call that can be made.

    `again` makes them the calls of any other such answer; else no two steps ask for the same.
    """

    pieces: tuple[tuple[str, str], ...] = (("text", "well"),)
    calls: tuple[bool, ...] = ()
    finish_reason: str = "stop"
    tokens: int = 1
    again: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """It fails, with or without a piece that readers have seen."""

    shown: bool = False
    retryable: bool = True
    retry_after_s: float | None = None
    kind: str = "provider_fault"


@dataclass(frozen=True, slots=True)
class Gone:
    """The executor goes in the middle: it dies, or it drains and hands the run on."""

    shown: bool = False
    dies: bool = True


Play = Answer | Fault | Gone


@dataclass(frozen=True, slots=True)
class Round:
    """One decision: what arrives before it, how its model call goes, what arrives during that."""

    before: tuple[Arrival, ...] = ()
    play: Play = Answer()
    during: tuple[Arrival, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it was made: the state it saw, the rule that won, what came of it."""

    state: RunState
    moment: Moment
    rule: str
    action: Action


class SimulatedRun:
    """One run; `log` is its events, `state` their fold, `decisions` what was decided, in order."""

    def __init__(
        self, mode: str = "turn", caps: Caps | None = None, hop: Hop | None = None
    ) -> None:
        self.log: list[Event] = []
        self.state = RunState(RUN_ID)
        self.decisions: list[Decision] = []
        self._now = BEGAN
        self._frames = 0
        self._hop = hop
        self._append(
            NewEvent(
                "run.accepted",
                {
                    "thread_id": "t",
                    "mode": mode,
                    "model": "scripted/demo",
                    "caps": asdict(caps or Caps()),
                },
            )
        )

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def ended(self) -> bool:
        return self.log[-1].type == "run.finished"

    def payloads(self, event_type: str) -> list[dict[str, Any]]:
        """The payloads of all events of a type, in order."""
        return [dict(event.payload) for event in self.log if event.type == event_type]

    def live(self, rounds: Iterable[Round]) -> "SimulatedRun":
        """Go through a history, decision by decision."""
        for each in rounds:
            self._decide(each.before, iter((each.play,)), each.during)
        return self

    def settle(self, plays: Iterable[Play] = (), within: int = 200) -> "SimulatedRun":
        """Let the world be plain until the run parks with nothing under way, or has ended.

        Model calls go as `plays` says, and plainly once these are used up.
        """
        coming = chain(plays, repeat(Answer()))
        for _ in range(within):
            if isinstance(self._decide((), coming, ()), Park):
                if self.ended or not self.state.open_tools:
                    return self
                self.happen(ToolAnswer())
        rules = [decision.rule for decision in self.decisions[-6:]]
        raise AssertionError(f"the run goes round and round: {rules}")

    def happen(self, *arrivals: Arrival) -> "SimulatedRun":
        """Let something arrive; a run that has ended takes nothing."""
        for arrival in arrivals:
            if isinstance(arrival, Wait):
                self._now += timedelta(seconds=arrival.seconds)
            elif not self.ended:
                self._append(*self._arrived(arrival))
        return self

    def _arrived(self, arrival: Arrival) -> Sequence[NewEvent]:
        state = self.state
        match arrival:
            case Frame(frame_type):
                self._frames += 1
                body = {"text": f"say {self._frames}"} if frame_type == "user_message" else {}
                frame_id = f"f{self._frames}"
                payload = {"frame_id": frame_id, "frame_type": frame_type, "payload": body}
                return [NewEvent("frame.accepted", payload)]
            case Forked(opened):
                said = CONVERSATION.write((Message("user", "say 0"),))
                return [NewEvent("run.forked", {"messages": said, "open": opened})]
            case Requested():
                return [NewEvent("tool.requested", {"tool_name": "calc", "input": {"a": 1}})]
            case Cancel() if not state.cancel_requested:
                return [NewEvent("run.cancel_requested", {})]
            case Loss():
                return [NewEvent("run.executor_lost", {"epoch": 1, "owner": "w"})]
            case ToolAnswer(nth, status) if state.open_tools:
                call_id = state.open_tools[nth % len(state.open_tools)]
                told = {"output": {}} if status == "succeeded" else {"error": "no"}
                payload = {"tool_call_id": call_id, "tool_name": "calc", "status": status, **told}
                return [NewEvent("tool.result", payload)]
        return []

    def _decide(
        self, before: Sequence[Arrival], plays: Iterator[Play], during: Sequence[Arrival]
    ) -> Action:
        self.happen(*before)
        state, hops = self.state, 0 if self.state.step is None else self.state.step.hops
        moment = Moment(self._now, "v1", None if hops else self._hop)
        action = decide(state, moment)
        rule = next(rule.name for rule in RULES if rule.when(state, moment))
        self.decisions.append(Decision(state, moment, rule, action))
        if isinstance(action, Infer):
            self._now += timedelta(seconds=action.wait_s)
        if not isinstance(action, Park):
            made = called(RUN_ID, action) if isinstance(action, Call) else ()
            self._append(*action.events, *made)
        if isinstance(action, Finish):
            assert self.ended, "a finish must end with run.finished"
        if isinstance(action, Infer):
            self._infer(action, next(plays), during)
        return action

    def _infer(self, action: Infer, play: Play, during: Sequence[Arrival]) -> None:
        """What `Inference` appends of a model call."""
        begun = self.state
        coalescer = Coalescer(CoalescePolicy(), SANITIZER, action.step, action.attempt)
        for kind, piece in play.pieces if isinstance(play, Answer) else (("text", "we"),):
            if isinstance(play, Answer) or play.shown:
                coalescer.feed(kind, piece, 0.0)
                self._append(*coalescer.flush())
        self.happen(*during)
        at = {"step": action.step, "attempt": action.attempt}
        match play:
            case Answer():
                self._append(*answered(RUN_ID, begun, play, coalescer.close(), at))
            case Fault():
                cancelled = self.state.cancel_requested
                failed: dict[str, Any] = {
                    **at,
                    "model": begun.model,
                    "kind": "canceled" if cancelled else play.kind,
                    "message": "so it goes",
                    "retryable": play.retryable and not cancelled,
                }
                if play.retry_after_s is not None:
                    failed["retry_after_s"] = play.retry_after_s
                self._append(*coalescer.close(), NewEvent("model.call_failed", failed))
            case Gone(dies=True):
                self.happen(Loss())

    def _append(self, *events: NewEvent) -> None:
        self._now += timedelta(milliseconds=1)
        for event in events:
            assert not (self.log and self.ended), f"{event.type} after the end"
            stored = Event(len(self.log) + 1, event.type, 1, event.payload, self._now)
            self.log.append(stored)
            self.state = evolve(self.state, stored)
