"""Shapes of the routes of declarative signatures."""

from marshmallow import Schema, fields, validate

from runtime_app.ds.catalog import SIGNATURES
from runtime_app.ds.receipt import ENDED, ERROR_CLASSES
from runtime_app.ds.signature import ID
from web.schemas.meaning import HASH_PATTERN, count, flag, identifier, means, moment, text
from web.schemas.runs import ThreadQuery
from web.schemas.tools import Waiting as Waiting

_ARTIFACT = "^art_[0-9a-f]{24}$"


class Hashes(Schema):
    """What names an artifact and its parts; SHA-256 over canonical JSON."""

    schema_hash = text("Of both schemas.", pattern=HASH_PATTERN)
    prompt_hash = text("Of instructions, demos and rendering.", pattern=HASH_PATTERN)
    program_hash = text("Of strategy, settings, decoding, model and tools.", pattern=HASH_PATTERN)
    artifact_hash = text("Of the three and the signature's id.", pattern=HASH_PATTERN)


class Budget(Schema):
    """What one prediction may use at most."""

    calls = count("Model calls, repairs not counted.")
    tokens = count("Tokens in and out, of all calls.")
    amount_usd_micros = count("Money, in millionths of a US dollar.")
    deadline_s = count("Seconds from its beginning to its end.")


class Signature(Schema):
    """One entry of the catalogue."""

    signatureId = text("Its id, which ends in a version.", pattern=f"^{ID.pattern}$")
    inputSchema = fields.Dict(required=True, metadata=means("JSON Schema of what goes in."))
    outputSchema = fields.Dict(required=True, metadata=means("JSON Schema of what comes out."))
    instructions = text("What the model is told to do.")
    strategyId = text("How the model is asked.")
    strategySettings = fields.Dict(required=True, metadata=means("The strategy's own settings."))
    decode = fields.Dict(required=True, metadata=means("Bounds on each answer."))
    model = text("The model that answers; empty: the deployment's.")
    repairs = count("How often an answer that does not fit is asked for again.")
    checks = fields.List(
        fields.String(), required=True, metadata=means("Rules of the answer beside its schema.")
    )
    budget = fields.Nested(Budget, required=True, metadata=means("Its limits."))
    hashes = fields.Nested(Hashes, required=True, metadata=means("The artifact's hashes."))
    compiledId = text("The id of the artifact.", pattern=_ARTIFACT)


class Signatures(Schema):
    """The catalogue."""

    signatures = fields.List(
        fields.Nested(Signature), required=True, metadata=means("All of them.")
    )


class Predict(Schema):
    """One prediction."""

    predict_id = identifier(
        "What idempotency goes by; an id of the caller's. Left out, one is made."
    )
    thread_id = identifier("The conversation that it belongs to.", required=True)
    signature_id = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata=means("The signature.", enum=list(SIGNATURES)),
    )
    params = fields.Dict(
        keys=fields.String(), required=True, metadata=means("The input, as its schema asks for.")
    )


class Failure(Schema):
    """Why there is no output."""

    errorClass = text("The kind of reason.", enum=list(ERROR_CLASSES))
    message = fields.String(
        required=True, allow_none=True, metadata=means("What happened, in words.")
    )


class Predicted(Schema):
    """What a prediction came to."""

    predictId = text("Its id.")
    status = text("How it ended.", enum=list(ENDED))
    output = fields.Dict(
        required=True, allow_none=True, metadata=means("The output; null where there is none.")
    )
    error = fields.Nested(
        Failure, required=True, allow_none=True, metadata=means("Null where there is an output.")
    )
    receipt = fields.Dict(
        required=True, metadata=means("What happened, by hashes; in snake_case, as it is hashed.")
    )


class Predicting(Schema):
    """A prediction that goes on."""

    predictId = text("Its id.")
    status = text("It goes on.", enum=["running"])


class Receipts(ThreadQuery):
    """Which receipts."""

    after = fields.String(
        validate=validate.Regexp(r"pred_[0-9a-f]{24}\Z", error="must be the id of a receipt"),
        metadata=means(
            "Those after this one; `nextAfter` of the page before.", pattern="^pred_[0-9a-f]{24}$"
        ),
    )
    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, 200), metadata=means("At most so many.")
    )


class ReceiptPage(Schema):
    """Some receipts."""

    receipts = fields.List(fields.Dict(), required=True, metadata=means("Oldest first."))
    nextAfter = fields.String(
        required=True,
        allow_none=True,
        metadata=means("Where the next page begins; null where this one is empty."),
    )


class PointerVersion(Schema):
    """One change of a pointer."""

    version = count("The version that it made.", minimum=1)
    action = text("What was done.")
    actor = text("By whom.")
    reason = text("Why.")
    primaryId = text("The primary artifact since.", pattern=_ARTIFACT)
    standsFor = count("The version whose primary this one has; 0: the catalogue's.")
    at = moment("When.")


class Pointer(Schema):
    """What is live for one signature."""

    signatureId = text("The signature.", pattern=f"^{ID.pattern}$")
    version = count("Its version; 0: nobody has changed it.")
    primaryId = text("The artifact that is used.", pattern=_ARTIFACT)
    canaryId = fields.String(
        required=True,
        allow_none=True,
        metadata=means("The one that is tried; null where none is.", pattern=_ARTIFACT),
    )
    canaryPercent = count("How many percent of the callers the canary has.")
    autoAdvance = flag("Whether the canary goes from stage to stage by itself.")
    versions = fields.List(
        fields.Nested(PointerVersion), required=True, metadata=means("Its changes, newest first.")
    )


class Pointers(Schema):
    """The pointers."""

    pointers = fields.List(fields.Nested(Pointer), required=True, metadata=means("All of them."))
