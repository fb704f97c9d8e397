"""Runs that have come to their end."""

from typing import Any

from tests.support.api import Api, fresh

MODEL = "scripted/echo"


def ended(api: Api, text: str = "hello", model: str = MODEL, **run: Any) -> tuple[str, str]:
    """A run that was asked `text` in frame `f1` and has ended; its id and its thread's."""
    run_id, thread_id = fresh(), fresh("t")
    events = list(api.run_and_stream(run_id, thread_id, text, model=model, **run))
    assert events[-1].data == "[DONE]"
    return run_id, thread_id
