"""Say of a log that it is not what it was, where whoever has to know it looks.

The journal of acts is the list that operators read; a run that goes on gets an event as well, so
that its log says from where on it was known. A run that has ended stays closed. Both are said once
for each finding, however often the log is checked again.
"""

from runtime_app.audit import journal
from runtime_app.audit.act import Act, Actor
from runtime_app.canonical import canonical
from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.events.hashchain import Break

_SQL = beside(__file__, "mismatch.sql")
ACT = "integrity.mismatch"
_ACTOR = Actor("integrity sweep", "runtime")


def report(db: Database, run_id: str, broken: Break) -> bool:
    """Record the finding, unless it is on record.

    Nothing is appended to a log that goes on past its head: the next seq is taken.

    Returns:
        Whether it is new.
    Effects: a row of operator_audit; of a run that goes on an event `integrity.mismatch`.
    """
    arguments = {"seq": broken.seq}
    with db.transaction() as tx:
        head = tx.one(log.SQL["lock_head"], run_id=run_id)
        assert head is not None
        known = tx.one(
            _SQL["is_on_record"],
            act=ACT,
            run_id=run_id,
            arguments=canonical(arguments),
            reason=tx.sanitizer.text(broken.reason),
        )
        if known is not None:
            return False
        if head.closed_seq is None and log.first_after(tx, run_id, head.seq) is None:
            payload = {"seq": broken.seq, "reason": broken.reason}
            log.append(tx, run_id, [NewEvent(ACT, payload)])
        journal.record(tx, Act(ACT, _ACTOR, broken.reason, target=run_id, arguments=arguments))
    return True
