"""Declare an executor lost: once per loss, by whoever meets it first."""

from runtime_app.db.transaction import Transaction
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.leases.lease import pause_after_s
from runtime_app.leases.store import SQL


def declare_lost(tx: Transaction, run_id: str) -> bool:
    """Record that the holder of an expired lease is gone, and fence it out.

    Returns:
        False when there is nothing to declare: renewed, declared or released meanwhile.

    Effects:
        run.executor_lost (wakes a step), run_heads.epoch, run_leases (the pause).
    """
    head = tx.one(log.SQL["lock_head"], run_id=run_id)
    lease = tx.one(SQL["lock_lease"], run_id=run_id)
    if head is None or lease is None or lease.owner is None or not lease.expired:
        return False
    if head.closed_seq is not None:
        tx.execute(SQL["release_lease"], run_id=run_id, epoch=lease.epoch)
        return False
    lost = NewEvent("run.executor_lost", {"epoch": lease.epoch, "owner": lease.owner})
    log.append(tx, run_id, [lost])
    counted = tx.one(SQL["count_losses"], run_id=run_id)
    assert counted is not None
    tx.execute(SQL["raise_epoch"], run_id=run_id)
    tx.execute(SQL["pause_lease"], run_id=run_id, pause_s=pause_after_s(counted.losses))
    tx.tell("executor.lost")
    return True
