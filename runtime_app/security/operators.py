"""What an operator's token may do: what it asks for, if its key grants that."""

from runtime_app.errors import Forbidden
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Operator
from runtime_app.security.tokens import Claims


def operator_of(claims: Claims, key: SigningKey, scope: str) -> Operator:
    """The operator of a verified token, on a route that demands `scope`.

    Raises:
        Forbidden: a user's token; one that does not ask for `scope`; a key that does not grant
            all that the token asks for.
    """
    if claims.actor is None or claims.scopes is None:
        raise Forbidden("this route takes an operator's token: scope and actor, and no principal")
    asked = frozenset(claims.scopes)
    if scope not in asked:
        raise Forbidden(f"the token does not ask for the scope {scope}")
    if not asked <= key.scopes:
        raise Forbidden("the token asks for a scope that its key does not grant")
    return Operator(claims.actor, asked)


def refuse_operator(claims: Claims) -> None:
    """Keep operators off the routes of users.

    Raises:
        Forbidden: the token is an operator's.
    """
    if claims.actor is not None:
        raise Forbidden("this route takes a user's or a guest's token, not an operator's")
