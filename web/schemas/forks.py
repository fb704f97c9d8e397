"""Shapes of the fork route."""

from marshmallow import Schema, fields, validate

from runtime_app.runs.admission import ON_BUSY
from web.schemas.client_tools import Whole
from web.schemas.meaning import identifier, means


class ForkRun(Schema):
    """Where and how a run is forked."""

    thread_id = identifier("The parent's thread, and the fork's.", required=True)
    new_run_id = identifier("The fork's id. Left out, one is made (UUIDv7).")
    at = Whole(
        strict=True,
        validate=validate.Range(1, 2**53 - 1),
        metadata=means("The seq of the last event that counts. Left out: the parent's newest."),
    )
    model = fields.String(
        validate=validate.Length(3, 200),
        metadata=means("`provider/name`, instead of the parent's."),
    )
    on_busy = fields.String(
        validate=validate.OneOf(ON_BUSY),
        metadata=means("As of `POST /runs`; a parent that goes on is a live run of the thread."),
    )
