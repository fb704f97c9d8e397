"""A worker that is killed in the middle of a model call."""

import subprocess
import sys

from runtime_app.db.database import Database
from runtime_app.ds import predictions
from runtime_app.ds.catalog import RECAP_THREAD
from runtime_app.ds.sweep import sweep_predictions
from tests.support.postgres import Session
from tests.support.predictions import RECAP, asked
from tests.support.stack import PROJECT, eventually

WORKER = """
import sys
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.providers.scripted import ScriptedProvider
from tests.support.dispatcher import RecordingDispatcher
from tests.support.predictions import predictor
from tests.support.sanitizer import SANITIZER
url, predict_id = sys.argv[1:]
db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
predictor(db, ScriptedProvider(), "scripted/stall?after=1").run(predict_id)
"""


def test_it_leaves_one_receipt_and_is_not_made_again(
    db: Database, owner: Session, app_url: str
) -> None:
    predict_id = asked(db, RECAP_THREAD, RECAP)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, app_url, predict_id], cwd=PROJECT)
    try:
        state = "select state from runtime.ds_predictions"
        eventually(lambda: owner.value(state) == "running", what="a claim")
    finally:
        worker.kill()
        worker.wait()
    assert db.one(predictions.SQL["claim"], predict_id=predict_id, grace_s=1) is None
    assert sweep_predictions(db, "test") == 0
    owner.run("update runtime.ds_predictions set alive_until = now() - interval '1 s'")
    assert sweep_predictions(db, "test") == 1
    ended = predictions.ended(db, predict_id)
    assert ended is not None
    assert (ended.status, ended.error_class, ended.output) == ("lost", "lost", None)
    assert owner.value("select count(*) from runtime.ds_predict_receipts") == 1
