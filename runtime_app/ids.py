"""Identifiers: minting, and the one rule for what a client may send as one."""

import hashlib
import re
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.clock import epoch_us

IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,200}")


def is_identifier(text: str) -> bool:
    """Whether `text` is 1 to 200 characters of `A-Z a-z 0-9 . _ : -`."""
    return IDENTIFIER.fullmatch(text) is not None


def new_run_id(now: datetime) -> str:
    """A UUIDv7 (RFC 9562): time-ordered, so that fresh runs sit together in the index."""
    unix_ms = epoch_us(now) // 1000
    value = (unix_ms & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def new_request_id() -> str:
    """A fresh id for a request that came without one."""
    return secrets.token_hex(16)


def tool_call_id(
    run_id: str, step: int, ordinal: int, tool_name: str, arguments: Mapping[str, Any]
) -> str:
    """The id of a tool call: the same call of the same step always has the same one.

    37 characters: providers take at most 40.
    """
    text = canonical([run_id, step, ordinal, tool_name, arguments])
    return "call_" + hashlib.sha256(text.encode()).hexdigest()[:32]


def decision_id(run_id: str, step: int, attempt: int) -> str:
    """The id of the decision that follows a failed attempt; the same one gives the same."""
    text = canonical([run_id, step, attempt])
    return "pd_" + hashlib.sha256(text.encode()).hexdigest()[:24]


def message_id(run_id: str, turn: int, replaced: tuple[int, int] | None = None) -> str:
    """The id of the assistant message that answers a turn.

    Args:
        replaced: (step, attempt) that crashed after it had shown something; what is shown from then
            on is another message.
    """
    suffix = "" if replaced is None else f".{replaced[0]}.{replaced[1]}"
    return f"msg_{run_id}_{turn}{suffix}"


def part_id(step: int, attempt: int, ordinal: int) -> str:
    """The id of a text or reasoning part; unique within its run."""
    return f"p{step}.{attempt}.{ordinal}"
