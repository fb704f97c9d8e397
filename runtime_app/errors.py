"""What can go wrong, as one tree.

    RuntimeFault
    ├── Refused                 the caller asked for something it may not have
    │   ├── InvalidRequest      a field is missing, malformed or out of bounds      400
    │   ├── Unauthorized        the signature or the principal does not hold        401
    │   ├── Forbidden           it belongs to somebody else                         403
    │   ├── NotFound            there is no such run, thread or route               404
    │   ├── Conflict            same key, other content; or the run has ended       409
    │   ├── StaleCursor         the cursor lies before the retention floor          410
    │   ├── Unprocessable       a tool or model refuses well-formed input           422
    │   └── Throttled           a limit has been reached; `details` name it         429
    ├── Unavailable             Postgres cannot be reached                          503
    └── Fenced                  an executor may not write this now; never leaves the process
        ├── EpochSuperseded     another holder has been granted the run
        ├── HeadMoved           the head is not where the writer believed it to be
        ├── RunClosed           the run has ended; nothing is appended any more
        └── ConditionUnmet      what an append depends on does not hold
            ├── SlotsTaken      the run has to wait for its slots, and stands in line
            ├── FrameKnown      the frame's id has been accepted before
            └── FramesHurried   the run has had its frames of this second

Each class says its `code` (stable, documented in docs/ERRORS.md), whether the same request may
succeed later, and a status *hint*: the edge decides what a caller sees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Detail:
    """One reason: the field it is about, dotted, and what to do about it."""

    field: str
    message: str


class RuntimeFault(Exception):
    """The root; never raised itself.

    Args:
        message: what was expected, what was found, what to do. Shown to the caller.
        details: the reasons field by field.
        retry_after_s: when the same request may succeed, where that is known.
    """

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False
    status_hint: ClassVar[int] = 500

    def __init__(
        self,
        message: str,
        details: Sequence[Detail] = (),
        *,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.retry_after_s = retry_after_s


class Refused(RuntimeFault):
    """The caller's own doing; repeating the same request changes nothing."""


class InvalidRequest(Refused):
    code = "invalid_request"
    status_hint = 400

    @classmethod
    def field(cls, name: str, problem: str) -> "InvalidRequest":
        """One bad field, named in the message and in the details."""
        return cls(f"{name} {problem}", [Detail(name, problem)])


class Unauthorized(Refused):
    """`check` is the one that failed, a word out of few; it is counted, and not shown."""

    code = "unauthorized"
    status_hint = 401

    def __init__(self, message: str, check: str = "token") -> None:
        super().__init__(message)
        self.check = check


class Forbidden(Refused):
    code = "forbidden"
    status_hint = 403


class NotFound(Refused):
    code = "not_found"
    status_hint = 404


class Conflict(Refused):
    code = "conflict"
    status_hint = 409


class StaleCursor(Refused):
    code = "stale_cursor"
    status_hint = 410


class Unprocessable(Refused):
    code = "unprocessable"
    status_hint = 422


class Throttled(Refused):
    code = "throttled"
    retryable = True
    status_hint = 429


class Unavailable(RuntimeFault):
    code = "unavailable"
    retryable = True
    status_hint = 503


class Fenced(RuntimeFault):
    """The writer may not write; it has to read the head again, or stop."""

    code = "conflict"
    status_hint = 409


class EpochSuperseded(Fenced):
    pass


class HeadMoved(Fenced):
    retryable = True


class RunClosed(Fenced):
    pass


class ConditionUnmet(Fenced):
    pass


class SlotsTaken(ConditionUnmet):
    retryable = True


class FrameKnown(ConditionUnmet):
    pass


class FramesHurried(ConditionUnmet):
    retryable = True
