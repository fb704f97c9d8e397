"""What a run has done so far, read from its log: the figures of the snapshot."""

from collections.abc import Iterable
from dataclasses import dataclass

from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.events import log
from runtime_app.events.event import Event
from runtime_app.runs.run import Run


@dataclass(frozen=True, slots=True)
class Progress:
    """Counters of a run up to `seq`, and the tool calls that have no result yet."""

    seq: int
    steps: int
    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int
    pending_tool_calls: tuple[str, ...]


def progress(db: Transaction | Database, run: Run) -> Progress:
    """The progress that goes with `run`: events after its `latest_seq` do not count."""
    events = log.read_for_fold(db, run.run_id)
    return tally(event for event in events if event.seq <= run.latest_seq)


def tally(events: Iterable[Event]) -> Progress:
    """Count; the open calls stand in the order in which they were made."""
    seq = steps = model_calls = tool_calls = input_tokens = output_tokens = 0
    pending: dict[str, None] = {}
    for event in events:
        seq, payload = event.seq, event.payload
        match event.type:
            case "step.started":
                steps = max(steps, payload["step"])
            case "model.call_started":
                model_calls += 1
            case "model.call_finished":
                input_tokens += payload["usage"].get("input_tokens", 0)
                output_tokens += payload["usage"].get("output_tokens", 0)
            case "tool.call":
                tool_calls += 1
                pending[payload["tool_call_id"]] = None
            case "tool.result":
                pending.pop(payload["tool_call_id"], None)
    return Progress(
        seq, steps, model_calls, tool_calls, input_tokens, output_tokens, tuple(pending)
    )
