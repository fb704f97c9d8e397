"""The calls of client-side tools as rows: claimed by the client, who is their worker.

Such a task is `running` from its beginning, with the moment at which it expires as its deadline, by
the database's clock. Nobody gives signs of life for it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.db.sql import beside
from runtime_app.db.transaction import Transaction
from runtime_app.events.event import Event, NewEvent, Origin
from runtime_app.events.log import origin_of

_SQL = beside(__file__, "client_calls.sql")

#: The worker of such a task.
CLIENT = "client"


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A call that a client was asked for.

    Args:
        state: of its task; `running` while the answer is waited for.
        output, error: of one that has ended, as stored; `output` is canonical JSON.
        origin: the request that the call was made for.
    """

    run_id: str
    tool_call_id: str
    tool_name: str
    state: str
    output: str | None
    error: str | None
    origin: Origin

    @property
    def open(self) -> bool:
        """Whether it waits for its answer."""
        return self.state == "running"

    def result(self, answer: Mapping[str, Any]) -> NewEvent:
        """The event that an answer (`output` or `error`) becomes."""
        told: dict[str, Any] = {"tool_call_id": self.tool_call_id, "tool_name": self.tool_name}
        if "error" in answer:
            told |= {"status": "failed", "error": answer["error"]}
        else:
            told |= {"status": "succeeded", "output": answer["output"]}
        if self.origin.trace_id is not None:
            told["trace_id"] = self.origin.trace_id
        return NewEvent("tool.result", told)

    def has_ended_with(self, stored: Mapping[str, Any]) -> bool:
        """Whether this payload of a `tool.result`, as it would be stored, is how it has ended."""
        if self.state != stored["status"]:
            return False
        if self.state == "failed":
            return self.error == stored["error"]
        return self.output == canonical(stored["output"])


def find(tx: Transaction, run_id: str, tool_call_id: str) -> ClientCall | None:
    """The call of this run, if it is one that its client was asked for."""
    row = tx.one(_SQL["find_call"], run_id=run_id, tool_call_id=tool_call_id, client=CLIENT)
    if row is None:
        return None
    return ClientCall(
        run_id, tool_call_id, row.tool_name, row.state, row.output, row.error, origin_of(row)
    )


def end(tx: Transaction, call: ClientCall, result: Event) -> None:
    """End an open call as its `tool.result` says, which is stored; the head is locked.

    Effects:
        tool_tasks; tool.ended.
    """
    told = result.payload
    output = canonical(told["output"]) if "output" in told else None
    raw = b"" if output is None else output.encode()
    error_class = None if output is not None else "tool_error"
    row = tx.one(
        _SQL["answer_call"],
        tool_call_id=call.tool_call_id,
        run_id=call.run_id,
        client=CLIENT,
        state=told["status"],
        output=output,
        output_hash=hashlib.sha256(raw).digest() if output is not None else None,
        output_bytes=len(raw) if output is not None else None,
        error_class=error_class,
        error=told.get("error"),
        sanitized_by=tx.sanitizer.stamp,
    )
    assert row is not None, "who holds the head has seen the call open"
    tx.tell(
        "tool.ended",
        row.took_s,
        tool=call.tool_name,
        state=told["status"],
        error_class=error_class or "",
    )
