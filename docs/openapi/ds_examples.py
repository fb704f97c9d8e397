"""An example of every body of the routes of declarative signatures."""

from collections.abc import Mapping
from typing import Any

from runtime_app.ds.catalog import RECAP_THREAD
from runtime_app.ds.facts import facts

_PREDICTED: Mapping[str, Any] = {
    "predictId": "recap-1",
    "status": "succeeded",
    "output": {"summary": "The user wants a table for two.", "action_items": []},
    "error": None,
    "receipt": {"receipt_id": "pred_0c4bd8c7bd3da23a2c29b5f8", "status": "succeeded"},
}
_POINTER = {
    "signatureId": RECAP_THREAD.id,
    "version": 1,
    "primaryId": RECAP_THREAD.compiled_id,
    "canaryId": "art_0123456789abcdef01234567",
    "canaryPercent": 5,
    "autoAdvance": True,
    "versions": [
        {
            "version": 1,
            "action": "canary",
            "actor": "ada",
            "reason": "shorter recaps",
            "primaryId": RECAP_THREAD.compiled_id,
            "standsFor": 0,
            "at": "2026-01-02T03:04:05.000006Z",
        }
    ],
}
DS: Mapping[str, Any] = {
    "ds_predict": {
        "request": {
            "a recap": {
                "predict_id": "recap-1",
                "thread_id": "hello",
                "signature_id": RECAP_THREAD.id,
                "params": {
                    "thread_id": "hello",
                    "messages": [{"role": "user", "text": "A table for two, please."}],
                },
            }
        },
        "200": {
            "succeeded": dict(_PREDICTED),
            "denied": dict(_PREDICTED)
            | {
                "status": "denied",
                "output": None,
                "error": {
                    "errorClass": "policy_denied",
                    "message": "policy_denied.amount_unknown",
                },
            },
        },
        "202": {"goes on": {"predictId": "recap-1", "status": "running"}},
    },
    "ds_receipts": {
        "200": {
            "one": {
                "receipts": [_PREDICTED["receipt"]],
                "nextAfter": _PREDICTED["receipt"]["receipt_id"],
            }
        },
    },
    "ds_show_pointers": {"200": {"one of them": {"pointers": [_POINTER]}}},
    "ds_signatures": {"200": {"one of them": {"signatures": [facts(RECAP_THREAD)]}}},
}
