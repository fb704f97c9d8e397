"""Take a run forward: acquire, fold, decide, perform, until it parks."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from runtime_app.clock import Clock
from runtime_app.db.database import Database
from runtime_app.dispatch.dispatcher import Dispatcher
from runtime_app.errors import EpochSuperseded, HeadMoved, RunClosed, SlotsTaken, Unavailable
from runtime_app.events import log
from runtime_app.events.event import NewEvent
from runtime_app.executor import checkpoints
from runtime_app.executor.actions import Action, Append, Call, Finish, Infer, Park
from runtime_app.executor.conclusion import Conclusion
from runtime_app.executor.decide import decide
from runtime_app.executor.durations import waited_s
from runtime_app.executor.endings import broken_off
from runtime_app.executor.hold import Hold
from runtime_app.executor.hops import next_hop, tell_hops, terms
from runtime_app.executor.inference import HandedOn, Inference
from runtime_app.executor.moment import Moment
from runtime_app.executor.parting import hand_on, leave
from runtime_app.executor.places import place
from runtime_app.executor.question import question
from runtime_app.executor.settings import ExecutorSettings
from runtime_app.fold.evolve import fold, preview
from runtime_app.fold.known import LaterEvent
from runtime_app.fold.state import RunState
from runtime_app.leases import store as leases
from runtime_app.leases.keeper import LeaseKeeper
from runtime_app.leases.lease import LeasePolicy
from runtime_app.leases.loss import declare_lost
from runtime_app.leases.scope import RunScope
from runtime_app.leases.store import Acquired
from runtime_app.observability import current, spans, telemetry
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import ModelRequest
from runtime_app.providers.refusal import Refusal
from runtime_app.providers.router import Providers
from runtime_app.resilience.guard import Guard
from runtime_app.runs import slots
from runtime_app.runs.ending import ending
from runtime_app.tools import store as tool_store
from runtime_app.tools.registry import Registry

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Executor:
    """Steps runs, any number at a time, each in the thread that calls `step`."""

    db: Database
    keeper: LeaseKeeper
    inference: Inference
    providers: Providers
    guard: Guard
    registry: Registry
    dispatcher: Dispatcher
    clock: Clock
    lease_policy: LeasePolicy
    settings: ExecutorSettings

    def step(self, run_id: str) -> str:
        """Take the run forward until it parks, ends, is lost, or the slice is over.

        A copy of a message finds the lease held and does nothing.

        Returns:
            What happened: parked (and what it waits for), finished, failed, held, expired, closed,
            missing, lost, handed on (drained, or its slice is over), left to a later release that
            can read its log, or unavailable.

        Effects: the run's events, rows and tool tasks; the model call.
        """
        with current.scope(run_id=run_id):
            return self._step(run_id)

    def _step(self, run_id: str) -> str:
        started_s = self.clock.monotonic()
        try:
            acquired = self._acquire(run_id)
        except Unavailable as error:
            _log.warning("run %s is left to the sweep: %s", run_id, error)
            return "unavailable"
        if acquired.lease is None:
            return acquired.outcome
        assert acquired.answered_at is not None
        scope = self.keeper.hold(acquired.lease, started_s)
        hold = Hold(scope, started_s, acquired.answered_at, self.clock.monotonic())
        try:
            return self._work(self._folded(acquired, hold), hold)
        except (EpochSuperseded, RunClosed) as fenced:
            _log.info("stopped: %s", fenced)
            return "lost"
        except HandedOn:
            return hand_on(self.db, self.dispatcher, scope.lease)
        except LaterEvent as later:
            return leave(self.db, scope.lease, later)
        except Unavailable as error:
            _log.warning("run %s waits for the database: %s", run_id, error)
            return hand_on(self.db, self.dispatcher, scope.lease)
        except Exception as error:  # noqa: BLE001 - a defect ends its run with a reason
            return self._break_off(hold, error)
        finally:
            self.keeper.drop(hold.scope)

    def _acquire(self, run_id: str) -> Acquired:
        """The lease, or why there is none. Declares a loss it meets."""
        owner, code_version = self.settings.owner, self.settings.code_version
        with self.db.statement() as tx:
            acquired = leases.acquire(
                tx, run_id, owner, self.lease_policy, code_version, short=checkpoints.EVERY
            )
        if acquired.outcome == "expired":
            with self.db.transaction() as tx:
                declare_lost(tx, run_id, self.settings.slots)
        return acquired

    def _folded(self, acquired: Acquired, hold: Hold) -> RunState:
        """The state at the moment of the grant, or later."""
        run_id = hold.scope.lease.run_id
        if acquired.events is not None:
            return fold(RunState(run_id), acquired.events)
        known = checkpoints.newest(self.db, run_id, acquired.head_seq)
        hold.kept_seq = known.seq
        return self._catch_up(known)

    def _work(self, state: RunState, hold: Hold) -> str:
        scope = hold.scope
        while True:
            if scope.lost:
                raise EpochSuperseded(f"run {state.run_id}: the lease may no longer be ours")
            hold.answer(state.origin)
            action = self._decide(hold, state)
            if isinstance(action, Park):
                self._keep(state, hold)
                if self._parked(state, scope):
                    return f"parked: {action.why}"
                state = self._catch_up(state)
                continue
            if scope.draining or self.clock.monotonic() - hold.since_s > self.settings.slice_s:
                raise HandedOn
            wait_s = action.wait_s if isinstance(action, Infer) else 0.0
            if hold.waits(state.step, wait_s, self.clock.monotonic()):
                state = self._catch_up(state)
                continue
            with place(state, action, self.guard, self.providers):
                try:
                    if isinstance(action, Finish):
                        self._finish(action.events, hold, state.seq)
                        return "finished"
                    state = self._record(state, action, hold)
                except HeadMoved:
                    state = self._catch_up(state)
                    continue
                except SlotsTaken:
                    telemetry.emit("slots.waited")
                    if self._parked(state, scope, in_line=True):
                        return "parked: slots"
                    state = self._catch_up(state)
                    continue
                if isinstance(action, Infer):
                    if self._infer(state, action, hold):
                        return "finished"
                    hold.shown_status = ""  # the call has left the row as it saw fit
                    state = self._catch_up(state)
                    self._keep(state, hold)

    def _keep(self, state: RunState, hold: Hold) -> None:
        """A checkpoint, when the last one is far enough behind; never while a model answers."""
        if state.seq - hold.kept_seq >= checkpoints.EVERY and not state.ended:
            checkpoints.keep(self.db, state, hold.scope.lease.epoch)
            hold.kept_seq = state.seq

    def _parked(self, state: RunState, scope: RunScope, *, in_line: bool = False) -> bool:
        """Let go, unless something has happened that `state` does not know of."""
        outcome = leases.park(self.db, scope.lease, state.seq, in_line=in_line)
        if outcome == "superseded":
            raise EpochSuperseded(f"run {state.run_id}: the lease is no longer ours")
        return outcome == "parked"

    def _record(self, state: RunState, action: Append | Infer | Call, hold: Hold) -> RunState:
        """Append an action's events and the status that follows from them.

        One statement, with the slots that a turn needs; one more gives them back when nothing is
        left to answer, or stores the task of a call.
        """
        events, task = action.events, None
        if isinstance(action, Call):
            more, task = self.inference.asking.alone(state, action)
            events = (*events, *more)
        after = preview(state, events)
        status, limits = after.status, self.settings.slots
        idle = state.turn_open and not after.turn_open and not after.inbox
        with self.db.transaction() if idle or task else self.db.appending() as tx:
            try:
                appended = log.append(
                    tx,
                    state.run_id,
                    events,
                    epoch=hold.scope.lease.epoch,
                    expected_seq=state.seq,
                    status=None if status == hold.shown_status else status,
                    condition=slots.having(limits) if slots.opens_turn(events) else None,
                    origin=after.origin,
                )
            except SlotsTaken:
                tx.commit()  # its place in the line
                raise
            for seconds in waited_s(state, appended.events):
                tx.tell("frame.taken", seconds)
            tell_hops(tx, events)
            if task is not None:
                tool_store.enqueue(tx, task)
            if idle:
                slots.release(tx, state.run_id, limits)
        hold.shown_status = status
        return fold(state, appended.events)

    def _finish(self, events: Sequence[NewEvent], hold: Hold, expected_seq: int | None) -> None:
        """Append the end, with what must be true together with it."""
        lease = hold.scope.lease
        with self.db.appending() as tx:
            log.append(
                tx,
                lease.run_id,
                events,
                epoch=lease.epoch,
                expected_seq=expected_seq,
                origin=hold.origin,
                condition=ending(self.settings.slots),
            )

    def _infer(self, state: RunState, action: Infer, hold: Hold) -> bool:
        """Call the model; whether its answer has ended the run."""
        run, state = state, replace(state, model=action.model or state.model)
        about: dict[str, spans.Value] = {
            "oa.run_id": state.run_id,
            "oa.step": action.step,
            "oa.attempt": action.attempt,
        }
        link = current.message()
        with spans.span("runtime.infer", state.origin.trace, about, link) as span:
            origin = state.origin.within(span.context)
            current.bind(origin.trace, origin.request_id)
            began_s, provider_name = self.clock.monotonic(), "none"
            try:
                provider, model = self.providers.resolve(state.model)
                provider_name = provider.name
                span.put("oa.provider", provider_name)
                request = replace(self._asked(state), model=model, headers=origin.headers)
                how = terms(run, hold.now(began_s), self.guard)
                stream = self.guard.open(provider, request, how)
            except ProviderError as error:
                stream = Refusal(error)
            conclusion = Conclusion(state.seq, partial(self._decide, hold), self.settings.slots)
            asked = replace(state, origin=origin)
            outcome = self.inference.run(asked, action, stream, hold.scope, conclusion)
            span.put("oa.outcome", outcome)
            took_s = self.clock.monotonic() - began_s
            telemetry.emit("model.called", took_s, provider=provider_name, outcome=outcome)
            return conclusion.reached

    def _decide(self, hold: Hold, state: RunState) -> Action:
        abilities = self.settings.abilities
        hop, no_hop = next_hop(state, self.guard, self.providers, abilities, self._asked)
        now = hold.now(self.clock.monotonic())
        return decide(state, Moment(now, self.settings.code_version, hop, no_hop))

    def _asked(self, state: RunState) -> ModelRequest:
        return question(state, self.settings, self.registry, self.db.sanitizer)

    def _catch_up(self, state: RunState) -> RunState:
        return fold(state, log.read_for_fold(self.db, state.run_id, state.seq))

    def _break_off(self, hold: Hold, error: Exception) -> str:
        """A defect of ours: end the run and say so, rather than fail again and again."""
        run_id = hold.scope.lease.run_id
        _log.exception("run %s: the executor failed", run_id)
        while True:
            seq, events = broken_off(log.read_for_fold(self.db, run_id), type(error).__name__)
            try:
                self._finish(events, hold, seq)
            except HeadMoved:
                continue
            return "failed"
