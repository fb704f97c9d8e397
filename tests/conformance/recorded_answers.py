"""What providers answer when something is wrong, and the outcome that each answer has.

The answers themselves stand in `tests/support/*_behaviours.py`, under the names of their models.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer by the name of its model, its outcome, and words of its message."""

    model: str
    outcome: str
    maybe_executed: bool
    says: str


OPENAI = (
    Recorded("throttle", "throttled", False, "429"),
    Recorded("quota", "auth_fault", False, "nothing left"),
    Recorded("busy", "throttled", False, "503"),
    Recorded("unauthorized", "auth_fault", False, "401"),
    Recorded("no-such-model", "caller_fault", False, "no-such-model"),
    Recorded("moved", "provider_fault", True, "307"),
    Recorded("fault", "provider_fault", True, "500"),
    Recorded("cut", "provider_fault", True, "lost the connection"),
    Recorded("cut-at-once", "provider_fault", True, "lost the connection"),
    Recorded("truncated", "provider_fault", True, "finish_reason"),
    Recorded("malformed", "provider_fault", True, "JSON"),
    Recorded("wrong-shape", "provider_fault", True, "choices"),
    Recorded("not-a-stream", "provider_fault", True, "finish_reason"),
    Recorded("error-part", "throttled", True, "mid-stream"),
)
ANTHROPIC = (
    Recorded("throttle", "throttled", False, "429"),
    Recorded("overloaded", "throttled", False, "529"),
    Recorded("busy", "throttled", False, "503"),
    Recorded("spent", "auth_fault", False, "nothing left"),
    Recorded("unauthorized", "auth_fault", False, "401"),
    Recorded("forbidden", "auth_fault", False, "403"),
    Recorded("bad-request", "caller_fault", False, "too long"),
    Recorded("too-large", "caller_fault", False, "413"),
    Recorded("no-such-model", "caller_fault", False, "no-such-model"),
    Recorded("moved", "provider_fault", True, "307"),
    Recorded("fault", "provider_fault", True, "500"),
    Recorded("cut", "provider_fault", True, "lost the connection"),
    Recorded("cut-at-once", "provider_fault", True, "lost the connection"),
    Recorded("truncated", "provider_fault", True, "stop_reason"),
    Recorded("malformed", "provider_fault", True, "JSON"),
    Recorded("wrong-shape", "provider_fault", True, "delta"),
    Recorded("not-a-stream", "provider_fault", True, "stop_reason"),
    Recorded("error-part", "throttled", True, "mid-stream"),
    Recorded("error-part-fault", "provider_fault", True, "mid-stream"),
)
SCRIPTED = (
    Recorded("fail?error=unreachable", "unreachable", False, "unreachable"),
    Recorded("fail?error=provider_fault", "provider_fault", True, "provider_fault"),
    Recorded("fail?error=timeout", "timeout", True, "timeout"),
    Recorded("fail?error=auth_fault", "auth_fault", False, "auth_fault"),
    Recorded("fail?error=caller_fault", "caller_fault", False, "caller_fault"),
    Recorded("throttle", "throttled", False, "come back"),
    Recorded("json", "caller_fault", False, "response_schema"),
)
