"""`ds` as an operator types it."""

import json
from pathlib import Path
from typing import Any

from runtime_app.ds.catalog import STRUCTURED_TASK
from tests.cli.conftest import Oa
from tests.support.api import Api, fresh

ID = STRUCTURED_TASK.id
WHY = ("--reason", "a test of pointers")


def version(oa: Oa) -> str:
    return str(json.loads(oa.ok("ds", "pointer", ID, "--json"))["version"])


def test_a_way_to_ask_is_tried_promoted_and_taken_back(oa: Oa, api: Api, tmp_path: Path) -> None:
    actor = fresh("op-")
    file = tmp_path / "body.json"
    file.write_text(json.dumps({"model": "scripted/json"}))
    made = oa.ok("ds", "artifact", ID, str(file), *WHY, OA_OPERATOR=actor).strip()
    at = version(oa)
    oa.ok("ds", "canary", ID, made, "5", "--expect", at, *WHY, OA_OPERATOR=actor)
    stale = oa("ds", "abort", ID, "--expect", at, *WHY, OA_OPERATOR=actor)
    assert (stale.code, "look again" in stale.err) == (1, True)
    oa.ok("ds", "abort", ID, "--expect", version(oa), *WHY, OA_OPERATOR=actor)
    timid = oa("ds", "promote", ID, made, "--expect", version(oa), *WHY, OA_OPERATOR=actor)
    assert (timid.code, "no report" in timid.err) == (1, True)
    force = ("promote", ID, made, "--force", "--expect", version(oa))
    oa.ok("ds", *force, *WHY, OA_OPERATOR=actor)

    told = predicted(api)
    assert (told["status"], told["output"]["status"]) == ("succeeded", "done")
    assert told["receipt"]["compiled_id"] == made
    receipt_id = told["receipt"]["receipt_id"]
    assert json.loads(oa.ok("ds", "receipt", receipt_id)) == told["receipt"]
    (call,) = json.loads(oa.ok("ds", "trace", receipt_id))["calls"]
    assert call["messages"][0]["role"] == "system"
    assert "as it was" in oa.ok("ds", "replay", receipt_id)

    oa.ok("ds", "rollback", ID, "--expect", version(oa), *WHY, OA_OPERATOR=actor)
    assert predicted(api)["receipt"]["compiled_id"] == STRUCTURED_TASK.compiled_id
    assert "a test of pointers" in oa.ok("ds", "pointer", ID)
    shown = json.loads(oa.ok("audit", "show", "--json", "--actor", actor))["acts"]
    assert sorted(each["act"] for each in shown) == [
        *("ds.abort", "ds.artifact", "ds.canary", "ds.promote", "ds.rollback")
    ]


def test_what_is_not_there_is_told(oa: Oa, tmp_path: Path) -> None:
    for words in (("receipt", "pred_1"), ("signatures", "@a/b/C.v1"), ("pointer", "@a/b/C.v1")):
        done = oa("ds", *words)
        assert (done.code, "there is no" in done.err) == (1, True), done
    file = tmp_path / "body.json"
    for text, problem in (
        ("[]", "JSON object"),
        ('{"a":1}', "body"),
        ('{"a":NaN}', "not a finite"),
    ):
        file.write_text(text)
        done = oa("ds", "artifact", ID, str(file), *WHY)
        assert (done.code, problem in done.err) == (1, True), done


def predicted(api: Api) -> dict[str, Any]:
    thread_id = fresh("t")
    sent = {
        "thread_id": thread_id,
        "signature_id": ID,
        "params": {"task": "Say hello.", "context": "", "tools": []},
    }
    answer = api.send("POST", "/ds/predict", body=sent, claims={"thread_id": thread_id})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told
