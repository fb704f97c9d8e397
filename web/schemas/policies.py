"""Shapes of what a run may use."""

from marshmallow import RAISE, Schema, fields

from web.schemas.meaning import means


class ToolPolicy(Schema):
    """Which tools a run may use; `deny` wins. A misspelt rule is refused, not ignored."""

    class Meta:
        unknown = RAISE

    allow = fields.List(
        fields.String(), metadata=means("The only tools allowed. Left out: every tool.")
    )
    deny = fields.List(fields.String(), metadata=means("Tools that are not allowed."))


class AllowedNames(Schema):
    """What is allowed of something; `deny` wins."""

    class Meta:
        unknown = RAISE

    allow = fields.List(fields.String(), metadata=means("The only ones allowed. Left out: all."))
    deny = fields.List(fields.String(), metadata=means("Those that are not allowed."))


class ProviderPolicy(Schema):
    """Who may answer a run: its own model, and whoever stands in where that does not answer."""

    class Meta:
        unknown = RAISE

    allow_fallback = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata=means("Whether another model may stand in. Left out: yes, as the server is set."),
    )
    providers = fields.Nested(
        AllowedNames, metadata=means("Providers, by name. Left out: every provider.")
    )
    models = fields.Nested(
        AllowedNames, metadata=means("Models, `provider/name`. Left out: every model.")
    )
