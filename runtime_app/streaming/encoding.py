"""Events as the bytes of one stream format."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from runtime_app import sse
from runtime_app.clock import rfc3339
from runtime_app.events.event import Event
from runtime_app.observability import telemetry
from runtime_app.streaming.event_mapper import Part, parts

_log = logging.getLogger(__name__)

Encoder = Callable[[str, Event], bytes]

DONE = "[DONE]"
TERMINAL = "run.finished"


def ai_sdk(run_id: str, event: Event) -> bytes:
    """The event's parts; the seq stands on the last one, so a cut inside replays the event.

    An event that cannot be mapped is logged and skipped: a stream never breaks over one event.
    """
    if event.pruned:
        return b""
    try:
        mapped = parts(run_id, event)
    except (KeyError, TypeError, ValueError) as error:
        _log.error("event not mapped: run %s seq %s %s: %r", run_id, event.seq, event.type, error)
        telemetry.emit("event.unmapped")
        mapped = []
    last = len(mapped) - 1
    chunks = [
        sse.encode(_client_json(part), event_id=event.seq if index == last else None)
        for index, part in enumerate(mapped)
    ]
    if event.type == TERMINAL:
        chunks.append(sse.encode(DONE, event_id=event.seq))
    return b"".join(chunks)


def native(_run_id: str, event: Event) -> bytes:
    """The event as it is; nothing once its payload is no longer kept."""
    if event.pruned:
        return b""
    body = {
        "type": event.type,
        "seq": event.seq,
        "version": event.version,
        "occurredAt": rfc3339(event.occurred_at),
        "payload": event.payload,
    }
    return sse.encode(_json(body), event_id=event.seq, event=event.type)


def done_at_head(stream_format: str, latest_seq: int) -> bytes:
    """What a reader gets that begins at the head of an ended run."""
    return sse.encode(DONE, event_id=latest_seq) if stream_format == "ai-sdk" else b""


def floor_passed(stream_format: str) -> bytes:
    """What a reader gets whom the floor has passed; without an id, so that it resumes to a 410."""
    if stream_format != "ai-sdk":
        return b""
    told = "what follows is no longer kept; read the snapshot and begin at its latestSeq"
    return sse.encode(_json({"type": "error", "errorText": told}))


ENCODERS: Mapping[str, Encoder] = {"ai-sdk": ai_sdk, "native": native}


def _client_json(part: Part) -> str:
    """The part without what the client's parser refuses as an attempt at prototype pollution.

    It would end the stream over one tool's output, here and at every replay.
    """
    text = _json(part)
    return _json(_unsuspicious(part)) if "proto" in text else text


def _unsuspicious(value: Any) -> Any:
    if isinstance(value, list):
        return [_unsuspicious(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _unsuspicious(item) for key, item in value.items() if key != "__proto__"}
    if isinstance(kept.get("constructor"), dict):
        kept["constructor"].pop("prototype", None)
    return kept


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
