"""Shapes of the tools' routes."""

from marshmallow import Schema, fields, validate

from runtime_app.runs.tool_calls import STATES
from web.schemas.meaning import count, flag, identifier, means, moment, text
from web.schemas.runs import ToolPolicy

MAX_WAIT_MS = 25_000


class ListedTool(Schema):
    """One tool."""

    name = text("What it is called by.")
    description = text("What it does, as a model is told.")
    parameters = fields.Dict(
        keys=fields.String(), required=True, metadata=means("JSON Schema of its arguments.")
    )
    output = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata=means("JSON Schema of what it returns; empty where it promises nothing."),
    )
    timeoutS = fields.Float(
        required=True, metadata=means("Seconds after which a call of it is stopped.")
    )
    idempotent = flag("Whether a call may run again when its worker died in the middle.")
    writes = flag(
        "Whether it changes something elsewhere; a policy must allow it by its name then."
    )


class Tools(Schema):
    """The tools that the workers have."""

    tools = fields.List(fields.Nested(ListedTool), required=True, metadata=means("By name."))


class Waiting(Schema):
    """How long the answer may take."""

    wait_ms = fields.Integer(
        load_default=MAX_WAIT_MS,
        validate=validate.Range(0, MAX_WAIT_MS),
        metadata=means("Milliseconds after which the answer comes, whether or not the call ended."),
    )


class ExecuteTool(Schema):
    """One tool call."""

    run_id = identifier(
        "The id of the run that the call becomes; what idempotency goes by. Left out, one is made."
    )
    thread_id = identifier("The conversation that it belongs to.", required=True)
    autopilot_id = identifier("Kept with the run.")
    tool_name = fields.String(
        required=True, validate=validate.Length(1, 64), metadata=means("The tool.")
    )
    arguments = fields.Dict(
        keys=fields.String(), load_default=dict, metadata=means("As the tool's schema says.")
    )
    tool_policy = fields.Nested(
        ToolPolicy, metadata=means("Which tools the run may use. Left out: as of any run.")
    )
    metadata = fields.Dict(
        keys=fields.String(), metadata=means("Any object, kept with `run.accepted`.")
    )


class Executed(Schema):
    """What a tool call has come to, or where it stands."""

    runId = identifier("The run that it is.", required=True)
    threadId = identifier("Its thread.", required=True)
    toolName = text("The tool.")
    toolCallId = fields.String(
        required=True, allow_none=True, metadata=means("The call; null until the run has begun.")
    )
    state = text("Where the call stands.", enum=list(STATES))
    output = fields.Raw(
        required=True, allow_none=True, metadata=means("What the tool returned, if it succeeded.")
    )
    error = fields.String(
        required=True, allow_none=True, metadata=means("Why it did not succeed, in words.")
    )
    latestSeq = count("The seq up to which the run's log was read.")
    idempotentReplay = flag("Whether the run was there before.")


class ToolCall(Schema):
    """One call, as its task has it."""

    toolCallId = identifier("The call.", required=True)
    toolName = text("The tool.")
    state = text("Where the call stands.", enum=list(STATES))
    attempt = count("How often a worker has begun it.")
    late = flag(
        "Whether a result came after the run's end, or after the call was given up. It is not in"
        " the log."
    )
    errorClass = fields.String(
        required=True,
        allow_none=True,
        metadata=means("`tool_error`, `timeout`, `lost`, `canceled` or `internal`."),
    )
    error = fields.String(
        required=True, allow_none=True, metadata=means("Why it did not succeed, in words.")
    )
    lateOutput = fields.Raw(
        required=True,
        allow_none=True,
        metadata=means("What a late result says. Null otherwise: results in time are in the log."),
    )
    createdAt = moment("When the model asked for it.")
    updatedAt = moment("When its state last changed.")


class ToolCalls(Schema):
    """The tool calls of a run that were carried out."""

    runId = identifier("The run.", required=True)
    toolCalls = fields.List(fields.Nested(ToolCall), required=True, metadata=means("Oldest first."))
