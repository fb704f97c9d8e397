"""What is held for one call: its states, its identity, and the key a provider sees."""

import base64
import hashlib
import uuid
from dataclasses import dataclass

from runtime_app.canonical import canonical
from runtime_app.state_machine import Machine

#: `none` is a call that money was never held for. `runtime.spend_move` holds the same table.
RESERVATION = Machine(
    "reservation",
    "none",
    {
        "none": {"reserve": "reserved"},
        "reserved": {"start": "executing", "release": "released"},
        "executing": {"commit": "committed", "release": "released", "unknown": "unknown"},
        "unknown": {"resolve_commit": "committed", "resolve_release": "released"},
        "released": {"reserve": "reserved", "late_truth": "committed"},
        "committed": {"refund": "committed"},
    },
)
#: How often one call may be reserved.
MAX_ATTEMPTS = 3

_NAMESPACE = uuid.UUID("6f1c2a52-5b57-5e0a-9c7d-0a6f7b1d3e42")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call belongs to, and who pays.

    Args:
        kind: `run`, `prediction` (outside a run) or `job` (of the background).
        subject_id: the run's id, the prediction's, the job's. A budget of scope `run` with this
            scope_id is the subject's own: so a job has its child budget.
        owner: who pays, for what is no run (`user:42`, `guest:…`, `system:maintenance`); a run's
            owner, thread and autopilot are read from its row.
        thread_id, autopilot_id: where the search for a budget goes on, for what is no run.
        shadow: a shadow run pays for nothing; its models are paid by `system:maintenance`.
    """

    kind: str
    subject_id: str
    owner: str | None = None
    thread_id: str | None = None
    autopilot_id: str | None = None
    shadow: bool = False

    @classmethod
    def run(cls, run_id: str, *, shadow: bool = False) -> "Subject":
        """A run."""
        return cls("run", run_id, shadow=shadow)

    @classmethod
    def prediction(cls, predict_id: str, owner: str, thread_id: str | None = None) -> "Subject":
        """A prediction outside a run."""
        return cls("prediction", predict_id, owner, thread_id)

    @classmethod
    def job(cls, job_id: str, owner: str, thread_id: str | None = None) -> "Subject":
        """A job of the background that somebody has asked for, or that is maintenance."""
        return cls("job", job_id, owner, thread_id)

    @classmethod
    def maintenance(cls, job_id: str) -> "Subject":
        """Background work that nobody has asked for: `system:maintenance` pays."""
        return cls("job", job_id, MAINTENANCE)


MAINTENANCE = "system:maintenance"


def reservation_id(subject: Subject, call_id: str) -> str:
    """The id of the reservation of a call: the same call always has the same (a UUIDv5)."""
    name = canonical([subject.kind, subject.subject_id, call_id])
    return str(uuid.uuid5(_NAMESPACE, name))


def provider_key(of_reservation: str) -> str:
    """The idempotency key that a provider is given, the same for every attempt.

    `oa1_` and 36 characters of base32 (lower case) of
    sha256(`oa.spend.key.v1` 0x1f reservation_id).
    """
    digest = hashlib.sha256(b"oa.spend.key.v1\x1f" + of_reservation.encode()).digest()
    return "oa1_" + base64.b32encode(digest).decode().lower()[:36]
