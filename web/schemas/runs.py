"""Shapes of the run routes."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from web.identifiers import problem


def _identifier(text: str) -> None:
    wrong = problem(text)
    if wrong is not None:
        raise ValidationError(wrong)


def identifier(**options: Any) -> fields.String:
    """A field for an id of ours or of the client's."""
    return fields.String(validate=_identifier, **options)


class ToolPolicy(Schema):
    """Which tools a run may use; `deny` wins."""

    allow = fields.List(fields.String())
    deny = fields.List(fields.String())


class StartRun(Schema):
    """What a client asks for when it starts a run."""

    run_id = identifier()
    thread_id = identifier(required=True)
    autopilot_id = identifier()
    mode = fields.String(load_default="turn", validate=validate.OneOf(["turn", "session"]))
    model = fields.String(validate=validate.Length(3, 200))
    tool_policy = fields.Nested(ToolPolicy)
    caps = fields.Dict(keys=fields.String(), load_default=dict)
    metadata = fields.Dict(keys=fields.String())


class RunStarted(Schema):
    """The answer to a start."""

    runId = fields.String(required=True)
    threadId = fields.String(required=True)
    status = fields.String(required=True)
    latestSeq = fields.Integer(required=True)
    idempotentReplay = fields.Boolean(required=True)


class CancelRun(Schema):
    """A request to end a run."""

    thread_id = identifier(required=True)
    reason = fields.String(validate=validate.Length(max=1000))


class CancelAnswer(Schema):
    """The answer to a cancel."""

    runId = fields.String(required=True)
    status = fields.String(required=True)
    cancelRequested = fields.Boolean(required=True)
    idempotentReplay = fields.Boolean(required=True)


class ThreadQuery(Schema):
    """The thread that a reading request names."""

    thread_id = identifier(required=True)


class Terminal(Schema):
    """How a run ended."""

    status = fields.String(required=True)
    reasonClass = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    at = fields.String(required=True)


class Snapshot(Schema):
    """The run as it is at `latestSeq`."""

    runId = fields.String(required=True)
    threadId = fields.String(required=True)
    status = fields.String(required=True)
    latestSeq = fields.Integer(required=True)
    floorSeq = fields.Integer(required=True)
    createdAt = fields.String(required=True)
    updatedAt = fields.String(required=True)
    mode = fields.String(required=True)
    model = fields.String(required=True)
    steps = fields.Integer(required=True)
    usage = fields.Dict(required=True)
    caps = fields.Dict(required=True)
    pendingToolCalls = fields.List(fields.String(), required=True)
    pendingApprovals = fields.List(fields.String(), required=True)
    cancelRequested = fields.Boolean(required=True)
    terminal = fields.Nested(Terminal, required=True, allow_none=True)
    chainHead = fields.String(required=True)


class EventsQuery(ThreadQuery):
    """A page of native events."""

    after = fields.Integer(strict=False, load_default=0, validate=validate.Range(min=0))
    limit = fields.Integer(strict=False, load_default=200, validate=validate.Range(1, 1000))


class NativeEvent(Schema):
    """An event with its hashes (lower-case hex)."""

    seq = fields.Integer(required=True)
    type = fields.String(required=True)
    version = fields.Integer(required=True)
    occurredAt = fields.String(required=True)
    payload = fields.Raw(required=True, allow_none=True)
    payloadHash = fields.String(required=True)
    prevHash = fields.String(required=True)
    eventHash = fields.String(required=True)


class EventsPage(Schema):
    """A page of events; ask again with `after=nextAfter`."""

    events = fields.List(fields.Nested(NativeEvent), required=True)
    latestSeq = fields.Integer(required=True)
    floorSeq = fields.Integer(required=True)
    nextAfter = fields.Integer(required=True)


class Integrity(Schema):
    """Whether a run's chain holds."""

    runId = fields.String(required=True)
    verified = fields.Boolean(required=True)
    checkedFrom = fields.Integer(required=True)
    checkedTo = fields.Integer(required=True)
    head = fields.String(required=True)
    brokenAt = fields.Integer()
    reason = fields.String()


class ThreadRun(Schema):
    """A run in the list of its thread."""

    runId = fields.String(required=True)
    status = fields.String(required=True)
    latestSeq = fields.Integer(required=True)
    createdAt = fields.String(required=True)


class ThreadState(Schema):
    """A thread's runs, newest first."""

    threadId = fields.String(required=True)
    runs = fields.List(fields.Nested(ThreadRun), required=True)
    memory = fields.Raw(required=True, allow_none=True)
