"""NOTIFY channels and their payloads: hints, never facts."""

#: `run_id:seq` of every append.
RUN_EVENTS = "run_events"
#: `run_id` of a run that somebody asked to cancel.
RUN_CONTROL = "run_control"


def parse_run_event(payload: str) -> tuple[str, int]:
    """(run_id, seq). A run id may itself contain colons."""
    run_id, _, seq = payload.rpartition(":")
    return run_id, int(seq)
