"""Shapes of the run routes."""

from dataclasses import fields as fields_of

from marshmallow import EXCLUDE, Schema, fields, validate

from runtime_app.runs.admission import ON_BUSY
from runtime_app.runs.caps import Caps
from runtime_app.runs.client_tools import MOST_BYTES, MOST_TOOLS
from runtime_app.runs.status import RUN, ReasonClass
from web.schemas.client_tools import ClientTool
from web.schemas.meaning import HASH_PATTERN, count, flag, identifier, means, moment, text
from web.schemas.policies import ProviderPolicy, ToolPolicy

MODES = ("turn", "session")
START_PATTERN = r"^(checkpoint|[1-9][0-9]{0,17})$"
_STATUSES = list(RUN.states)
_TERMINAL = [status for status in RUN.states if status in RUN.terminal]
_REASON_CLASSES = [reason.value for reason in ReasonClass]
_CAP = {"type": "integer", "minimum": 1}


class StartRun(Schema):
    """What a client asks for when it starts a run."""

    run_id = identifier("The run's id. Left out, one is made (UUIDv7).")
    thread_id = identifier("The conversation that the run belongs to.", required=True)
    autopilot_id = identifier("Kept with the run.")
    mode = fields.String(
        load_default="turn",
        validate=validate.OneOf(MODES),
        metadata=means(
            "`turn`: the run ends once every message it got is answered. "
            "`session`: it waits for more, until a `complete` frame."
        ),
    )
    model = fields.String(
        validate=validate.Length(3, 200),
        metadata=means("`provider/name`. Left out, the server's default."),
    )
    tool_policy = fields.Nested(
        ToolPolicy, metadata=means("Which tools the run may use. Left out: every tool.")
    )
    client_tools = fields.List(
        fields.Nested(ClientTool, unknown=EXCLUDE),
        validate=validate.Length(max=MOST_TOOLS),
        metadata=means(
            "Tools that the client answers, by `tool_result` frames; "
            f"at most {MOST_BYTES} bytes in all."
        ),
    )
    provider_policy = fields.Nested(
        ProviderPolicy,
        metadata=means("Who may answer. Left out: the run's model, and who stands in for it."),
    )
    caps = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata=means(
            "Limits of the run; they only lower the server's.",
            properties={cap.name: _CAP for cap in fields_of(Caps)},
            additionalProperties=False,
        ),
    )
    metadata = fields.Dict(
        keys=fields.String(), metadata=means("Any object, kept with `run.accepted`.")
    )
    on_busy = fields.String(
        validate=validate.OneOf(ON_BUSY),
        metadata=means(
            "What becomes of it where the thread has a live run. `reject`: 409. `enqueue`: it "
            "waits. `interrupt`: the live runs are cancelled. Left out: as the thread is set, or "
            "`enqueue`."
        ),
    )


class RunStarted(Schema):
    """The answer to a start."""

    runId = identifier("The run.", required=True)
    threadId = identifier("Its thread.", required=True)
    status = text("`accepted`; of a replay, the run's status now.", enum=_STATUSES)
    latestSeq = count("The seq of the run's last event.", minimum=1)
    idempotentReplay = flag("Whether the run was there before.")


class CancelRun(Schema):
    """A request to end a run."""

    thread_id = identifier("The run's thread.", required=True)
    reason = fields.String(
        validate=validate.Length(max=1000), metadata=means("Kept with `run.cancel_requested`.")
    )


class CancelAnswer(Schema):
    """The answer to a cancel."""

    runId = identifier("The run.", required=True)
    status = text("`canceling`, or the status that the run has ended in.", enum=_STATUSES)
    cancelRequested = fields.Boolean(required=True, metadata=means("Always true.", enum=[True]))
    idempotentReplay = flag("Whether nothing was left to do.")


class ThreadQuery(Schema):
    """The thread that a reading request names."""

    thread_id = identifier("The run's thread.", required=True)


class Terminal(Schema):
    """How a run ended."""

    status = text("The status that it ended in.", enum=_TERMINAL)
    reasonClass = text("Why, from a closed list.", enum=_REASON_CLASSES)
    reason = fields.String(required=True, allow_none=True, metadata=means("Why, for people."))
    at = moment("When.")
    interruptedBy = text("The run that it was cancelled for.", optional=True)


class UsageSoFar(Schema):
    """What a run has used up so far."""

    modelCalls = count("Model calls begun.")
    toolCalls = count("Tool calls asked for.")
    inputTokens = count("Tokens of all prompts.")
    outputTokens = count("Tokens of all answers.")


class CapsInForce(Schema):
    """The limits that a run is held to."""

    steps = count("Most steps.", minimum=1)
    wall_clock_s = count("Most active seconds; waiting does not count.", minimum=1)
    tokens = count("Most tokens, both directions together.", minimum=1)
    model_calls = count("Most model calls.", minimum=1)
    tool_calls = count("Most tool calls.", minimum=1)


class Snapshot(Schema):
    """The run as it is at `latestSeq`."""

    runId = identifier("The run.", required=True)
    threadId = identifier("Its thread.", required=True)
    status = text("Where the run stands.", enum=_STATUSES)
    latestSeq = count("The cursor that this answer reflects; a stream goes on from it.", minimum=1)
    floorSeq = count("The seq behind which gap-free reading starts.")
    createdAt = moment("When the run was accepted.")
    updatedAt = moment("When its status last changed.")
    mode = text("`turn` or `session`; `tool` of one tool call.", enum=[*MODES, "tool"])
    model = text("The model that answers.")
    steps = count("Steps begun.")
    usage = fields.Nested(UsageSoFar, required=True, metadata=means("What it has used up."))
    caps = fields.Nested(CapsInForce, required=True, metadata=means("What it may use up."))
    pendingToolCalls = fields.List(
        fields.String(),
        required=True,
        metadata=means("Ids of tool calls without a result, in the order of the calls."),
    )
    pendingApprovals = fields.List(
        fields.String(), required=True, metadata=means("Ids of approvals that are waited for.")
    )
    cancelRequested = flag("Whether its cancellation was asked for.")
    terminal = fields.Nested(
        Terminal, required=True, allow_none=True, metadata=means("Null until the run has ended.")
    )
    chainHead = text("The hash of its last event.", pattern=HASH_PATTERN)


class EventsQuery(ThreadQuery):
    """A page of native events."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0),
        metadata=means("The seq after which the page begins."),
    )
    limit = fields.Integer(
        load_default=200,
        validate=validate.Range(1, 1000),
        metadata=means("Most events of the page."),
    )


class NativeEvent(Schema):
    """An event with its hashes (lower-case hex)."""

    seq = count("Its number in the run: 1, 2, 3 … without gaps.", minimum=1)
    type = text("A type of the event catalogue.")
    version = count("Of the payload's shape.", minimum=1)
    occurredAt = moment("The database's time of the append.")
    payload = fields.Raw(
        required=True,
        allow_none=True,
        metadata=means("As its type says. Null once it is no longer kept."),
    )
    payloadHash = text("SHA-256 of the payload's canonical text.", pattern=HASH_PATTERN)
    prevHash = text("The `eventHash` before it; zeros for the first.", pattern=HASH_PATTERN)
    eventHash = text("SHA-256 over the event and `prevHash`.", pattern=HASH_PATTERN)


class MissingEvents(Schema):
    """Seqs that are missing from the log, which is damaged."""

    firstSeq = count("The first of them.", minimum=1)
    lastSeq = count("The last of them.", minimum=1)


class EventsPage(Schema):
    """A page of events; ask again with `after=nextAfter`."""

    events = fields.List(
        fields.Nested(NativeEvent), required=True, metadata=means("In the order of their seq.")
    )
    latestSeq = count("The seq of the run's last event.", minimum=1)
    floorSeq = count("The seq behind which gap-free reading starts.")
    nextAfter = count("`after` of the next page, if it is less than `latestSeq`.")
    hole = fields.Nested(
        MissingEvents,
        metadata=means(
            "What is missing behind `nextAfter`; only when it is. Asking again gives the same "
            "until an operator has mended the log."
        ),
    )


class IntegrityQuery(ThreadQuery):
    """Where to begin."""

    start = fields.String(
        load_default="1",
        data_key="from",
        validate=validate.Regexp(START_PATTERN, error="must be a seq from 1 on, or `checkpoint`."),
        metadata=means(
            "A seq: what lies before it is trusted. `checkpoint`: what the newest anchor has "
            "signed is. Left out, nothing is.",
            pattern=START_PATTERN,
        ),
    )


class Integrity(Schema):
    """Whether a run's chain holds, and what its newest anchor says."""

    runId = identifier("The run.", required=True)
    verified = flag(
        "Whether it holds from `checkedFrom` to `checkedTo`, and no anchor says otherwise. Also "
        "false where there should be an anchor that can be believed, and is none."
    )
    checkedFrom = count("The first seq that was looked at.", minimum=1)
    checkedTo = count("The last seq that holds.")
    head = text("The chain head that the run's row records.", pattern=HASH_PATTERN)
    anchoredTo = fields.Integer(
        required=True,
        allow_none=True,
        metadata=means(
            "The seq up to which a signed anchor, kept outside the database, says the same. Null "
            "without one.",
            minimum=1,
        ),
    )
    brokenAt = count("The first seq that is wrong or missing.", optional=True)
    reason = text("What is wrong with it, or why nobody can say.", optional=True)
