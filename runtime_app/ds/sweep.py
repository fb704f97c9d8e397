"""Predictions whose message or worker was lost."""

from runtime_app.db import sql
from runtime_app.db.database import Database
from runtime_app.dispatch.jobs import Predict
from runtime_app.ds.predictions import end
from runtime_app.ds.receipt import Facts

SQL = sql.beside(__file__)
#: After so long, a message that nobody took is sent again.
AGAIN_S = 5.0


def sweep_predictions(db: Database, code_version: str) -> int:
    """Send again what nobody began; end as `lost` what nobody works on any more.

    Returns:
        how many there were.
    """
    with db.transaction() as tx:
        unsent = tx.all(SQL["unsent"], age_s=AGAIN_S)
        for row in unsent:
            tx.after_commit(Predict(row.predict_id))
    dead = db.all(SQL["dead"])
    for row in dead:
        facts = Facts(row.signature_id, row.params_hash, status="lost", error_class="lost")
        with db.transaction() as tx:
            end(tx, row, facts, code_version)
    return len(unsent) + len(dead)
