"""What a client may send as an id: its alphabet, and no credential in it."""

from typing import Any

from runtime_app.errors import InvalidRequest
from runtime_app.ids import is_identifier
from web.context import runtime

MALFORMED = "must be 1 to 200 characters of A-Z a-z 0-9 . _ : -"
SECRET = (
    "input_refused.secret_in_identifier: it contains a credential, and ids are stored as they are; "
    "choose another one"
)


def problem(value: Any) -> str | None:
    """Why `value` cannot be an id, without quoting it; None when it can."""
    if not isinstance(value, str) or not is_identifier(value):
        return MALFORMED
    return SECRET if runtime().db.sanitizer.holds_credential(value) else None


def identifier(name: str, value: Any) -> str:
    """`value` as the id in field `name`.

    Raises:
        InvalidRequest: it is missing, or cannot be one.
    """
    if value is None:
        raise InvalidRequest.field(name, "is missing")
    wrong = problem(value)
    if wrong is not None:
        raise InvalidRequest.field(name, wrong)
    return str(value)
