"""An example of every body: the life of the run `first` in the thread `hello`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from docs.openapi.ds_examples import DS
from runtime_app.canonical import sha256_hex
from runtime_app.runs.caps import Caps

_BEGUN = "2026-01-02T03:04:05.000006Z"
_ENDED = "2026-01-02T03:04:05.200006Z"
_HEAD = sha256_hex("the run's last event")

_START = {
    "run_id": "first",
    "thread_id": "hello",
    "mode": "turn",
    "model": "scripted/demo",
    "caps": {"steps": 8},
    "tool_policy": {"allow": ["calc", "clock"]},
    "metadata": {"source": "chat"},
}
_STARTED = {
    "runId": "first",
    "threadId": "hello",
    "status": "accepted",
    "latestSeq": 1,
    "idempotentReplay": False,
}
_FORKED = _STARTED | {"runId": "second", "latestSeq": 3}
_FRAME = {"frame_id": "f1", "type": "user_message", "payload": {"text": "What time is it?"}}
_RECEIPT = {
    "runId": "first",
    "frameId": "f1",
    "status": "accepted",
    "seq": 2,
    "idempotentReplay": False,
}
_CANCELING = {
    "runId": "first",
    "status": "canceling",
    "cancelRequested": True,
    "idempotentReplay": False,
}
_SNAPSHOT = {
    "runId": "first",
    "threadId": "hello",
    "status": "completed",
    "latestSeq": 22,
    "floorSeq": 0,
    "createdAt": _BEGUN,
    "updatedAt": _ENDED,
    "mode": "turn",
    "model": "scripted/demo",
    "steps": 2,
    "usage": {"modelCalls": 2, "toolCalls": 1, "inputTokens": 17, "outputTokens": 10},
    "caps": asdict(Caps()) | {"steps": 8},
    "pendingToolCalls": [],
    "pendingApprovals": [],
    "cancelRequested": False,
    "terminal": {
        "status": "completed",
        "reasonClass": "completed",
        "reason": None,
        "at": _ENDED,
    },
    "chainHead": _HEAD,
}
_EVENTS = {
    "events": [
        {
            "seq": 3,
            "type": "run.started",
            "version": 1,
            "occurredAt": _BEGUN,
            "payload": {"message_id": "msg_first_1", "code_version": "0.1.0"},
            "payloadHash": sha256_hex("the payload"),
            "prevHash": sha256_hex("the event before"),
            "eventHash": sha256_hex("the event"),
        }
    ],
    "latestSeq": 22,
    "floorSeq": 0,
    "nextAfter": 3,
}
_INTEGRITY = {
    "runId": "first",
    "verified": True,
    "checkedFrom": 1,
    "checkedTo": 22,
    "head": _HEAD,
    "anchoredTo": 22,
}
_THREAD_SET = {"threadId": "hello", "onBusy": "interrupt"}
_THREAD = {
    "threadId": "hello",
    "onBusy": None,
    "memory": None,
    "runs": [{"runId": "first", "status": "completed", "latestSeq": 22, "createdAt": _BEGUN}],
}
_READY = {"status": "ok", "postgres": True, "schema": True, "listener": True, "keys": ["k1"]}
_RING = {"keys": [{"keyId": "k1", "slot": "current", "scopes": ["ops:read"]}]}
_STREAM = """\
retry: 1000
: cursor 0

id: 3
data: {"type":"start","messageId":"msg_first_1"}

id: 5
data: {"type":"start-step"}

id: 7
data: {"type":"text-start","id":"p1.1.0"}

id: 8
data: {"type":"text-delta","id":"p1.1.0","delta":"It is five past three."}

id: 9
data: {"type":"text-end","id":"p1.1.0"}

id: 11
data: {"type":"finish-step"}

: caught-up 11

data: {"type":"finish","finishReason":"stop","messageMetadata":{"runId":"first","usage":{}}}
id: 12

data: [DONE]
id: 12

"""


def _again(first: Mapping[str, Any]) -> dict[str, Any]:
    return {**first, "idempotentReplay": True}


_CALL = {
    "toolCallId": "call_0c2e",
    "toolName": "clock",
    "state": "succeeded",
    "attempt": 1,
    "late": False,
    "errorClass": None,
    "error": None,
    "lateOutput": None,
    "createdAt": "2026-01-02T03:04:05.000006Z",
    "updatedAt": "2026-01-02T03:04:05.100006Z",
}
_LATE = {"state": "canceled", "late": True, "lateOutput": {"now": "2026-01-02T03:04:05Z"}}

_TOOL = {
    "name": "calc",
    "description": "Evaluate an arithmetic expression: + - * / // % ** and parentheses.",
    "parameters": {
        "type": "object",
        "properties": {"expression": {"type": "string", "minLength": 1, "maxLength": 500}},
        "required": ["expression"],
        "additionalProperties": False,
    },
    "output": {},
    "timeoutS": 5,
    "idempotent": True,
    "writes": False,
}
_EXECUTE = {
    "run_id": "sum",
    "thread_id": "hello",
    "tool_name": "calc",
    "arguments": {"expression": "6*7"},
    "tool_policy": {"allow": ["calc"]},
}
_EXECUTED = {
    "runId": "sum",
    "threadId": "hello",
    "toolName": "calc",
    "toolCallId": "call_41fd",
    "state": "succeeded",
    "output": {"value": 42},
    "error": None,
    "latestSeq": 7,
    "idempotentReplay": False,
}

#: Operation -> `request` or status -> name of the example -> its value.
_EXAMPLES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "runs_start": {
        "request": {"whole": _START, "least": {"thread_id": "hello"}},
        "201": {"first": _STARTED},
        "200": {"again": _again(_STARTED) | {"status": "completed", "latestSeq": 22}},
    },
    "runs_show": {"200": {"completed": _SNAPSHOT}},
    "runs_show_snapshot": {"200": {"completed": _SNAPSHOT}},
    "runs_list_events": {"200": {"one": _EVENTS}},
    "runs_integrity": {
        "200": {
            "holds": _INTEGRITY,
            "broken": _INTEGRITY
            | {
                "verified": False,
                "checkedTo": 6,
                "anchoredTo": None,
                "brokenAt": 7,
                "reason": "the payload is not the one that was hashed",
            },
        }
    },
    "runs_cancel": {
        "request": {"with a reason": {"thread_id": "hello", "reason": "no longer needed"}},
        "202": {"first": _CANCELING},
        "200": {"ended": _again(_CANCELING) | {"status": "completed"}},
    },
    "forks_begin": {
        "request": {
            "whole": {
                "thread_id": "hello",
                "new_run_id": "second",
                "at": 2,
                "model": "scripted/echo",
                "on_busy": "interrupt",
            },
            "least": {"thread_id": "hello"},
        },
        "201": {"first": _FORKED},
        "200": {"again": _again(_FORKED) | {"status": "completed", "latestSeq": 12}},
    },
    "frames_append": {
        "request": {
            "a message": {"thread_id": "hello", **_FRAME},
            "a message in parts": {
                "thread_id": "hello",
                "frame_id": "f2",
                "type": "user_message",
                "payload": {"parts": [{"type": "text", "text": "And in Rome?"}]},
                "occurred_at": "2026-01-02T04:04:05+01:00",
            },
            "the end of a session": {
                "thread_id": "hello",
                "frame_id": "f3",
                "type": "complete",
                "payload": {},
            },
        },
        "202": {"first": _RECEIPT},
        "200": {"again": _again(_RECEIPT)},
    },
    "stream_follow_run": {"200": {"from the beginning": _STREAM}},
    "stream_start_and_follow": {
        "request": {"both": {"run": _START, "frame": _FRAME}},
        "200": {"from the beginning": _STREAM},
    },
    "tools_list_tools": {"200": {"one": {"tools": [_TOOL]}}},
    "tools_execute": {
        "request": {"whole": _EXECUTE, "least": {"thread_id": "hello", "tool_name": "clock"}},
        "200": {
            "succeeded": _EXECUTED,
            "again": _again(_EXECUTED),
            "failed": _EXECUTED | {"state": "failed", "output": None, "error": "division by zero"},
        },
        "202": {
            "goes on": _EXECUTED | {"state": "running", "output": None, "latestSeq": 5},
        },
    },
    "tools_list_tool_calls": {
        "200": {
            "in time": {"runId": "first", "toolCalls": [_CALL]},
            "after the end": {"runId": "first", "toolCalls": [_CALL | _LATE]},
        }
    },
    "threads_state": {"200": {"one run": _THREAD}},
    "threads_configure": {
        "request": {"the newest counts": {"on_busy": "interrupt"}, "as usual": {"on_busy": None}},
        "200": {
            "the newest counts": _THREAD_SET,
            "as usual": _THREAD_SET | {"onBusy": None},
        },
    },
    **DS,
    "ops_keys": {"200": {"one key": _RING}},
    "health_healthz": {"200": {"alive": {"status": "ok"}}},
    "health_readyz": {
        "200": {"ready": _READY},
        "503": {"not ready": _READY | {"status": "unavailable", "postgres": False}},
    },
}


def examples_of(operation: str, body: str) -> dict[str, Any]:
    """The `examples` of a body: of the `request`, or of the answer with that status."""
    found = _EXAMPLES.get(operation, {}).get(body, {})
    named = {name.replace(" ", "-"): {"value": value} for name, value in found.items()}
    return {"examples": named} if named else {}
