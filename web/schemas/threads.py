"""Shapes of the thread routes."""

from marshmallow import Schema, fields, validate

from runtime_app.runs.admission import ON_BUSY
from runtime_app.runs.status import RUN
from web.schemas.meaning import count, identifier, means, moment, text


class ThreadRun(Schema):
    """A run in the list of its thread."""

    runId = identifier("The run.", required=True)
    status = text("Where it stands.", enum=list(RUN.states))
    latestSeq = count("The seq of its last event.", minimum=1)
    createdAt = moment("When it was accepted.")


class ThreadSet(Schema):
    """What a thread is set to."""

    threadId = identifier("The thread.", required=True)
    onBusy = fields.String(
        required=True,
        allow_none=True,
        metadata=means(
            "What becomes of a run that does not say `on_busy`; null: it waits.",
            enum=[*ON_BUSY, None],
        ),
    )


class ThreadState(ThreadSet):
    """A thread's runs, newest first, and what it is set to."""

    runs = fields.List(
        fields.Nested(ThreadRun), required=True, metadata=means("At most 100, newest first.")
    )
    memory = fields.Raw(
        required=True, allow_none=True, metadata=means("Null in this release.", enum=[None])
    )


class ThreadSettings(Schema):
    """What holds for a thread's runs that do not ask for something else."""

    on_busy = fields.String(
        allow_none=True,
        validate=validate.OneOf(ON_BUSY),
        metadata=means(
            "As of `POST /runs`, where that leaves it out. Null or left out: the runs wait."
        ),
    )
