"""flask-smorest, with our body, our errors and our JSON instead of its own."""

from collections.abc import Mapping
from typing import Any, NoReturn

from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError
from webargs.flaskparser import FlaskParser

from runtime_app.errors import Detail, InvalidRequest
from web.context import body


class Parser(FlaskParser):
    """Reads the body that `web.auth` has parsed."""

    # Fields that this release does not know are ignored: the contract grows by adding some.
    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, EXCLUDE)

    def load_json(self, req: Any, schema: Schema) -> Any:
        return body()

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        details = list(_flatten(error.normalized_messages()))
        first = details[0]
        raise InvalidRequest(f"{first.field}: {first.message}", details)


class Routes(Blueprint):
    """A blueprint whose arguments are parsed as above."""

    ARGUMENTS_PARSER = Parser()


class Contract(Api):
    """The API; errors are `web.errors`' business."""

    def _register_error_handlers(self) -> None:
        """Leave them as they are."""


def _flatten(messages: Mapping[Any, Any], path: tuple[str, ...] = ()) -> Any:
    for key, value in messages.items():
        inside = path if key in ("json", "query", "_schema") else (*path, str(key))
        if isinstance(value, Mapping):
            yield from _flatten(value, inside)
        else:
            yield from (Detail(".".join(inside) or "body", str(message)) for message in value)
