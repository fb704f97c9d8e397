"""Shapes of the routes of declarative signatures."""

from marshmallow import Schema, fields

from runtime_app.ds.signature import ID
from web.schemas.meaning import HASH_PATTERN, count, means, text


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
    compiledId = text("The id of the artifact.", pattern="^art_[0-9a-f]{24}$")


class Signatures(Schema):
    """The catalogue."""

    signatures = fields.List(
        fields.Nested(Signature), required=True, metadata=means("All of them.")
    )
