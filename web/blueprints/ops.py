"""What operators look at; their tokens carry scopes instead of a principal."""

from typing import Any

from web.api import Routes
from web.context import runtime
from web.policy import PREFIX, Names, policy
from web.schemas import ops as shapes

routes = Routes("ops", __name__, url_prefix=f"{PREFIX}/ops")


@routes.get("/keys")
@policy(Names.NOTHING, scope="ops:read")
@routes.response(200, shapes.Keys)
def keys() -> Any:
    """The keys that this process believes."""
    ring = runtime().config.key_ring
    return {
        "keys": [
            {"keyId": key.key_id, "slot": ring.slot(key), "scopes": sorted(key.scopes)}
            for key in ring.keys
        ]
    }
