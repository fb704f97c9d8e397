"""Declare an executor lost: once per loss, by whoever meets it first.

An executor gives a run up by its rules, after three losses without progress. It has to live for
that: where the fold itself kills whoever takes the run, nobody comes to decide. Such a run is ended
here, from its rows alone; nothing of its log is read.
"""

from runtime_app.db.transaction import Transaction
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.leases.lease import HOPELESS, pause_after_s
from runtime_app.leases.store import SQL
from runtime_app.runs.ending import ending
from runtime_app.runs.slots import SlotLimits
from runtime_app.runs.status import ReasonClass


def declare_lost(tx: Transaction, run_id: str, limits: SlotLimits) -> bool:
    """Record that the holder of an expired lease is gone, and fence it out.

    Args:
        limits: what the run gives back should it be ended.

    Returns:
        False when there is nothing to declare: renewed, declared or released meanwhile.

    Effects:
        run.executor_lost (wakes a step), run_heads.epoch, run_leases (the pause). At the sixth loss
        without progress instead of a pause: a tool.result per open call, run.finished, and what
        goes with an end.
    """
    head = tx.one(log.SQL["lock_head"], run_id=run_id)
    lease = tx.one(SQL["lock_lease"], run_id=run_id)
    if head is None or lease is None or lease.owner is None or not lease.expired:
        return False
    if head.closed_seq is not None:
        tx.execute(SQL["release_lease"], run_id=run_id, epoch=lease.epoch)
        return False
    lost = NewEvent("run.executor_lost", {"epoch": lease.epoch, "owner": lease.owner})
    counted = tx.one(SQL["count_losses"], run_id=run_id)
    assert counted is not None
    losses = counted.losses + 1
    if losses < HOPELESS:
        log.append(tx, run_id, [lost])
        tx.execute(SQL["raise_epoch"], run_id=run_id)
        tx.execute(SQL["pause_lease"], run_id=run_id, pause_s=pause_after_s(losses))
    else:
        end = [*_stopped(tx, run_id), _given_up(losses)]
        log.append(tx, run_id, [lost, *end], condition=ending(limits))
        tx.execute(SQL["drop_lease"], run_id=run_id)
    tx.tell("executor.lost")
    return True


def _stopped(tx: Transaction, run_id: str) -> list[NewEvent]:
    return [
        NewEvent(
            "tool.result",
            {
                "tool_call_id": call.tool_call_id,
                "tool_name": call.tool_name,
                "status": "canceled",
                "error": "the run was given up",
            },
        )
        for call in tx.all(SQL["open_calls"], run_id=run_id)
    ]


def _given_up(losses: int) -> NewEvent:
    """The end; what the run has used up is known to nobody who lives."""
    return NewEvent(
        "run.finished",
        {
            "status": "failed",
            "reason_class": ReasonClass.EXECUTOR_RECOVERY_EXHAUSTED.value,
            "reason": f"the executor was lost {losses} times without progress, and none lived "
            "long enough to give the run up",
            "finish_reason": "error",
            "usage": {},
        },
    )
