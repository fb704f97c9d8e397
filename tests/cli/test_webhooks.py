"""`webhooks`: what was sent is listed, shown and sent once more."""

import json

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.webhooks import deliveries
from runtime_app.webhooks.endpoints import key_of
from tests.cli.conftest import Oa
from tests.support.dispatcher import RecordingDispatcher
from tests.support.runs import cancel, fresh_run
from tests.support.sanitizer import SANITIZER


def test_deliveries_are_listed_shown_and_sent_once_more(
    oa: Oa, servers: dict[str, str], app_url: str
) -> None:
    mine = {**servers, "DATABASE_URL": app_url, "OA_DATABASE_DIRECT_URL": app_url}
    mine["OA_OPERATOR"] = "ada"
    wanted = {"run.accepted": ("shop",), "run.canceling": ("shop", "desk")}
    db = Database(DatabaseSettings(app_url, app_url), RecordingDispatcher(), SANITIZER, wanted)
    run_id = fresh_run(db)
    cancel(db, run_id)
    fresh_run(db)
    [claimed] = deliveries.claim(db, ["desk"], 30)
    deliveries.end(db, claimed, deliveries.Outcome("dead", 0, 12, 410, None))
    db.close()

    assert len(oa.ok("webhooks", "list", **mine).splitlines()) == 4
    listed = oa.ok("webhooks", "list", "--run", run_id, "--state", "dead", "--json", **mine)
    [dead] = map(json.loads, listed.splitlines())
    delivery_id = dead["delivery_id"]
    assert (dead["endpoint"], dead["notice"], dead["attempts"]) == ("desk", "run.canceling", 1)

    shown = json.loads(oa.ok("webhooks", "show", delivery_id, "--json", **mine))
    assert shown["body"]["run_id"] == run_id
    assert [(each["http_status"], each["took_ms"]) for each in shown["log"]] == [(410, 12)]
    assert "410" in oa.ok("webhooks", "show", delivery_id, **mine)

    why = ("--reason", "the receiver is back")
    assert oa.ok("webhooks", "replay", delivery_id, *why, **mine) == f"{delivery_id}: due now\n"
    again = oa.ok("webhooks", "list", "--endpoint", "desk", "--json", **mine)
    assert json.loads(again)["state"] == "pending"
    assert "webhook.replay" in oa.ok("audit", "show", **mine)
    for words in (("replay", "whd_none", *why), ("show", "whd_none")):
        assert oa("webhooks", *words, **mine).code == 1
    assert len(key_of(oa.ok("webhooks", "secret", **mine).strip())) == 32
