"""Predictions over HTTP, made by a worker of the stack."""

from typing import Any

from runtime_app.ds.catalog import RECAP_THREAD
from tests.support.api import Api, fresh
from tests.web.envelope import refused


def body(thread_id: str, **more: Any) -> dict[str, Any]:
    recap = {"thread_id": thread_id, "messages": []}
    return {
        "thread_id": thread_id,
        "predict_id": fresh("p"),
        "signature_id": RECAP_THREAD.id,
        "params": recap,
        **more,
    }


def predict(api: Api, sent: dict[str, Any]) -> Any:
    claims = {"thread_id": sent["thread_id"]}
    return api.send("POST", "/ds/predict", body=sent, claims=claims)


def test_a_prediction_leaves_a_receipt_that_its_owner_finds(api: Api) -> None:
    sent = body(fresh("t"))
    answer = predict(api, sent)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["receipt"]["predict_id"] == told["predictId"] == sent["predict_id"]
    assert told["status"] == told["receipt"]["status"]
    assert (told["output"] is None) == (told["error"] is not None)
    assert predict(api, sent).json() == told
    path = f"/ds/receipts?thread_id={sent['thread_id']}"
    claims = {"thread_id": sent["thread_id"]}
    page = api.send("GET", path, claims=claims).json()
    assert page["receipts"] == [told["receipt"]]
    rest = api.send("GET", f"{path}&after={page['nextAfter']}", claims=claims).json()
    assert rest == {"receipts": [], "nextAfter": None}
    other = api.as_guest("visitor").send("GET", path, claims=claims).json()
    assert other["receipts"] == []


def test_what_cannot_be_predicted_is_told(api: Api) -> None:
    sent = body(fresh("t"))
    refused(predict(api, {**sent, "signature_id": "@a/b/C.v1"}), 404, "not_found")
    wrong = predict(api, {**sent, "params": {"thread_id": "t"}})
    details = {each["field"]: each["message"] for each in wrong.json()["error"]["details"]}
    assert wrong.status_code == 422
    assert details["receipt_id"].startswith("pred_")
    assert "messages" in details["params"]
    refused(predict(api, sent), 409, "conflict")
    refused(
        predict(api.as_guest("visitor"), {**sent, "params": {"thread_id": "t"}}), 403, "forbidden"
    )
