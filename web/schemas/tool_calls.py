"""Shapes of the tool calls' route."""

from marshmallow import Schema, fields

from runtime_app.runs.tool_calls import STATES
from web.schemas.meaning import count, flag, identifier, means, moment, text


class ToolCall(Schema):
    """One call, as its task has it."""

    toolCallId = identifier("The call.", required=True)
    toolName = text("The tool.")
    state = text("Where the call stands.", enum=list(STATES))
    attempt = count("How often a worker has begun it.")
    late = flag("Whether a result came after the end of the run. It is not in the log.")
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
