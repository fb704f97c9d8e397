"""Whether one more is let in: a run, a frame, a stream. At a limit the answer is a clear no."""

from dataclasses import dataclass

from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict, Detail, Throttled
from runtime_app.observability import telemetry

_SQL = beside(__file__, "admission.sql")

#: More starts of one owner than are ever under way at once, and so not seen by each other.
UNDER_WAY = 200
#: What a run that meets a live one on its thread may ask for, and a thread be set to.
ON_BUSY = ("reject", "enqueue", "interrupt")
#: Where neither says anything.
USUAL_ON_BUSY = "enqueue"
#: Of a run that is one tool call: it neither waits for the thread's runs, nor they for it.
BESIDE = "beside"


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """What a start and a frame are held against.

    Args:
        runs_per_owner: live runs of one owner, those that wait included.
        waiting_per_thread: runs of one thread that wait behind those at work.
        frames_per_s: frames of one run within any one second.
        at_work_per_thread: slots of a thread; runs that have one do not wait.
    """

    runs_per_owner: int = 1000
    waiting_per_thread: int = 5
    frames_per_s: int = 20
    at_work_per_thread: int = 1


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """Tool tasks that are queued or running at once: of one run, in all."""

    per_run: int = 64
    in_all: int = 2000


def throttled(limit: str, message: str, *, retry_after_s: int) -> Throttled:
    """The error for whoever meets `limit`; it is counted here.

    Effects:
        admission.refused.
    """
    telemetry.emit("admission.refused", limit=limit)
    return Throttled(message, [Detail(limit, message)], retry_after_s=retry_after_s)


def admit(
    tx: Transaction,
    run_id: str,
    thread_id: str,
    owner: str,
    on_busy: str | None,
    limits: AdmissionLimits,
) -> list[str]:
    """Hold a run that has just been inserted against the limits, and against its thread.

    Args:
        on_busy: what the run asks for, or `BESIDE`; None: as the thread is set.

    Returns:
        The live runs of the thread that this one interrupts, in the order of the heads' locks.

    Raises:
        Throttled: `runs_per_owner` or `waiting_per_thread`.
        Conflict: the thread is busy, and the caller wants it free.

    Effects:
        locks, until the transaction ends: starts on this thread; starts of this owner too once
        those that are under way could make too many.
    """
    names = {"run_id": run_id, "thread_id": thread_id, "owner": owner}
    found = tx.one(_SQL["count_live"], **names, lock=f"thread:{thread_id}")
    assert found is not None
    if found.of_owner + UNDER_WAY > limits.runs_per_owner:
        found = tx.one(_SQL["count_live"], **names, lock=f"owner:{owner}")
        assert found is not None
    if found.of_owner > limits.runs_per_owner:
        message = f"the owner has {limits.runs_per_owner} runs that have not ended"
        raise throttled("runs_per_owner", message, retry_after_s=5)
    if on_busy == BESIDE:
        return []
    wanted = on_busy or found.on_busy or USUAL_ON_BUSY
    if found.beside and wanted == "reject":
        raise Conflict(
            f"thread {thread_id!r} has a live run: {', '.join(found.beside)}",
            [Detail("live_run", live) for live in found.beside],
        )
    if wanted == "interrupt":
        return sorted(found.beside)  # as the batch writer does, whatever the database's collation
    if found.ahead >= limits.at_work_per_thread + limits.waiting_per_thread:
        message = f"{limits.waiting_per_thread} runs of the thread are waiting already"
        raise throttled("waiting_per_thread", message, retry_after_s=5)
    return []
