"""Declarative signatures, as operators see them."""

from typing import Any

from runtime_app.ds.catalog import SIGNATURES
from runtime_app.ds.facts import facts
from web.api import Routes
from web.policy import PREFIX, Names, policy
from web.schemas import ds as shapes

routes = Routes("ds", __name__, url_prefix=f"{PREFIX}/ds")


@routes.get("/signatures")
@policy(Names.NOTHING, scope="ds:read")
@routes.response(200, shapes.Signatures, description="The catalogue.")
def signatures() -> Any:
    """All signatures: their schemas, how they are asked, their limits and hashes.

    What stands under an id never changes. Asks for the scope `ds:read`.
    """
    return {"signatures": [facts(each) for each in SIGNATURES.values()]}
