"""A log as a session of many turns leaves it: 101 events to a turn, 91 of them deltas."""

from collections.abc import Iterator
from itertools import islice

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.ids import message_id, part_id

DELTAS = 91
TURN = DELTAS + 10
_APPEND = 250
_USAGE = {"input_tokens": 20, "output_tokens": 180}


def turn(run_id: str, number: int) -> Iterator[NewEvent]:
    """The events of one turn, from its message to its end."""
    frame_id, part = f"f{number}", part_id(number, 1, 1)
    at = {"step": number, "attempt": 1}
    pieces = [f"word {number}.{n} " for n in range(DELTAS)]
    shown_as = message_id(run_id, number)
    yield NewEvent(
        "frame.accepted",
        {
            "frame_id": frame_id,
            "frame_type": "user_message",
            "payload": {"text": f"Question {number}?"},
        },
    )
    if number == 1:
        yield NewEvent("run.started", {"message_id": shown_as, "code_version": "bench"})
    else:
        yield NewEvent("turn.started", {"turn": number, "message_id": shown_as})
    yield NewEvent(
        "message.user", {"frame_id": frame_id, "turn": number, "text": f"Question {number}?"}
    )
    yield NewEvent("step.started", {**at, "turn": number, "code_version": "bench"})
    yield NewEvent("model.call_started", {**at, "model": "scripted/demo"})
    yield NewEvent("text.started", {"part_id": part, "step": number})
    for piece in pieces:
        yield NewEvent("text.delta", {"part_id": part, "delta": piece})
    yield NewEvent("text.ended", {"part_id": part, "text": "".join(pieces)})
    yield NewEvent(
        "model.call_finished",
        {**at, "model": "scripted/demo", "finish_reason": "stop", "usage": _USAGE},
    )
    yield NewEvent("step.finished", {**at, "finish_reason": "stop"})
    yield NewEvent("turn.ended", {"turn": number, "finish_reason": "stop", "usage": {}})


def fill(db: Database, run_id: str, events: int) -> None:
    """Append so many events to a run that has just been accepted and that nobody steps.

    Effects:
        run_events, run_heads; the run's row stays as it is.
    """
    turns = range(1, events // TURN + 2)
    coming = islice((each for number in turns for each in turn(run_id, number)), events)
    while batch := list(islice(coming, _APPEND)):
        with db.statement() as tx:
            log.append(tx, run_id, batch)
