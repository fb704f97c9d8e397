"""Perform `Infer`: call the model, append what comes as it comes, stop when told to."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.errors import EpochSuperseded, HeadMoved
from runtime_app.events import log
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Infer
from runtime_app.executor.asked import Asking
from runtime_app.executor.call import Call
from runtime_app.executor.coalescer import CoalescePolicy, Coalescer
from runtime_app.executor.conclusion import Conclusion
from runtime_app.executor.durations import step_took_s
from runtime_app.executor.pump import Ended, Pump
from runtime_app.fold.state import RunState
from runtime_app.leases.scope import RunScope
from runtime_app.observability import telemetry
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import ModelStream
from runtime_app.runs.ending import ending
from runtime_app.runs.status import RUN
from runtime_app.tools import store as tool_store
from runtime_app.tools.task import NewTask

#: Tool calls that one answer may ask for.
MAX_CALLS = 100


class HandedOn(Exception):
    """The process drains and the model has not finished in time: somebody else takes the step."""


@dataclass(frozen=True, slots=True)
class Inference:
    """Runs one model call under a lease.

    Args:
        drain_s: how long a call may go on once its process is asked to stop.
    """

    db: Database
    writer: BatchWriter
    asking: Asking
    clock: Clock
    policy: CoalescePolicy
    drain_s: float

    def run(
        self,
        state: RunState,
        action: Infer,
        stream: ModelStream,
        scope: RunScope,
        conclusion: Conclusion,
    ) -> str:
        """Pump the stream into the log.

        Returns:
            `finished`, or the outcome that it failed with.

        Raises:
            EpochSuperseded: the lease is another's; the stream is closed.
            HandedOn: draining, and the time for it is over.

        Effects:
            deltas through the batch writer; at the end, in one transaction, the completed parts,
            tool calls with their tasks, usage, step.finished and the run's end where that follows;
            or model.call_failed.
        """
        coalescer = Coalescer(self.policy, self.db.sanitizer, action.step, action.attempt)
        call = Call(state, action, coalescer, stream, conclusion)
        pump = Pump(stream)
        scope.on_change(pump.nudge)
        pump.start()
        try:
            return self._pump(call, pump, scope)
        finally:
            pump.close()

    def _pump(self, call: Call, pump: Pump, scope: RunScope) -> str:
        drain_until_s = inf
        while True:
            asked_s = self.clock.monotonic()
            due_in_s = call.coalescer.due_in_s(asked_s)
            left_s = drain_until_s - asked_s
            wait_s = left_s if due_in_s is None else min(due_in_s, left_s)
            item = pump.take(None if wait_s == inf else max(0.0, wait_s))
            now_s = self.clock.monotonic()
            if scope.lost:
                raise EpochSuperseded(f"run {call.state.run_id}: the lease is no longer ours")
            if isinstance(item, Ended):  # whole, whatever has been asked for since
                return self._end(call, scope, item)
            if scope.cancelled:
                return self._fail(call, scope, Outcome.CANCELED, "the run was cancelled", None)
            if scope.draining:
                drain_until_s = min(drain_until_s, now_s + self.drain_s)
                if now_s >= drain_until_s:
                    raise HandedOn
            call.take(item, now_s)
            if call.coalescer.due_in_s(now_s) == 0:
                self._flush(call, scope)

    def _flush(self, call: Call, scope: RunScope) -> None:
        events = call.coalescer.flush()
        result = self.writer.append(call.state.run_id, events, scope.lease.epoch, call.state.origin)
        call.conclusion.wrote(events, result.seq)
        if result.cancel_requested:
            scope.cancel()

    def _end(self, call: Call, scope: RunScope, ended: Ended) -> str:
        error = ended.error
        if error is None and call.finish_reason is None:
            error = ProviderError(
                Outcome.PROVIDER_FAULT, "the answer ended without saying that it was whole"
            )
        if error is None and len(call.tools) > MAX_CALLS:
            error = ProviderError(
                Outcome.PROVIDER_FAULT,
                f"the answer asks for {len(call.tools)} tools; at most {MAX_CALLS}",
            )
        if isinstance(error, ProviderError):
            return self._fail(call, scope, error.outcome, error.message, error)
        if error is not None:
            raise error
        return self._finish(call, scope, call.finish_reason or "other")

    def _finish(self, call: Call, scope: RunScope, reason: str) -> str:
        state, action = call.state, call.action
        asked = self.asking.ask(state, action.step, call.tools)
        finish_reason = "tool-calls" if asked else reason
        closing = {"step": action.step, "attempt": action.attempt, "finish_reason": finish_reason}
        receipt = {**closing, "model": state.model, "usage": call.usage, **call.receipt}
        events = [
            *call.coalescer.close(),
            *(each.event for each in asked),
            *call.changes,
            NewEvent("model.call_finished", receipt),
            NewEvent("step.finished", closing),
            *(each.refusal for each in asked if each.refusal is not None),
        ]
        tasks = [each.task for each in asked if each.task is not None]
        end = call.conclusion.after(state, events)
        try:
            self._store(call, scope, events, tasks, end)
        except HeadMoved:
            self._store(call, scope, events, tasks, ())
        provider = state.model.partition("/")[0]
        for kind in ("input", "output"):
            tokens = call.usage.get(f"{kind}_tokens", 0)
            telemetry.emit("model.tokens", tokens, provider=provider, kind=kind)
        return "finished"

    def _store(
        self,
        call: Call,
        scope: RunScope,
        events: Sequence[NewEvent],
        tasks: Sequence[NewTask],
        end: Sequence[NewEvent],
    ) -> None:
        """Append an answer with its tasks, and the run's end unless somebody has come between.

        Raises:
            HeadMoved: somebody has; nothing is stored.
        """
        state, conclusion = call.state, call.conclusion
        with self.db.transaction() if tasks else self.db.appending() as tx:
            appended = log.append(
                tx,
                state.run_id,
                [*events, *end],
                epoch=scope.lease.epoch,
                expected_seq=conclusion.seq if end else None,
                status=RUN.next("running", "await_tools") if tasks else None,
                origin=state.origin,
                condition=ending(conclusion.slots) if end else None,
            )
            took_s = step_took_s(state, appended.events[-1])
            if took_s is not None:
                tx.tell("step.ended", took_s)
            for task in tasks:
                tool_store.enqueue(tx, task)
        conclusion.reached = bool(end)

    def _fail(
        self,
        call: Call,
        scope: RunScope,
        outcome: Outcome,
        message: str,
        error: ProviderError | None,
    ) -> str:
        payload: dict[str, Any] = {
            "step": call.action.step,
            "attempt": call.action.attempt,
            "model": call.state.model,
            "kind": outcome.value,
            "message": message,
            "retryable": error is not None and error.retryable,
            **call.receipt,
        }
        if error is not None and error.retry_after_s is not None:
            payload["retry_after_s"] = error.retry_after_s
        if error is not None and error.reason_code:
            payload["reason_code"] = error.reason_code
        events = [
            *call.coalescer.close(),
            *call.changes,
            NewEvent("model.call_failed", payload),
        ]
        with self.db.appending() as tx:
            log.append(
                tx,
                call.state.run_id,
                events,
                epoch=scope.lease.epoch,
                origin=call.state.origin,
            )
        return outcome.value
