"""What operators look at; their tokens carry scopes instead of a principal."""

from typing import Any

from web.api import Routes
from web.context import runtime
from web.policy import PREFIX, Names, policy
from web.schemas import ops as shapes

routes = Routes("ops", __name__, url_prefix=f"{PREFIX}/ops")


@routes.get("/keys")
@policy(Names.NOTHING, scope="ops:read")
@routes.response(200, shapes.Keys, description="The ring.")
def keys() -> Any:
    """The signing keys that this process believes.

    Ids, slots and scopes; no secrets. Asks for the scope `ops:read`.
    """
    ring = runtime().config.key_ring
    return {
        "keys": [
            {"keyId": key.key_id, "slot": ring.slot(key), "scopes": sorted(key.scopes)}
            for key in ring.keys
        ]
    }
