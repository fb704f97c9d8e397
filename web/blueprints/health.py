"""`/healthz` and `/readyz`: outside the signed prefix."""

from flask import Response, jsonify

from runtime_app.db import revision
from web.api import Routes
from web.context import runtime
from web.schemas.health import Alive, Readiness

routes = Routes("health", __name__)


@routes.get("/healthz")
@routes.response(200, Alive)
def healthz() -> Response:
    """The process is alive; touches nothing."""
    return jsonify({"status": "ok"})


@routes.get("/readyz")
@routes.response(200, Readiness, description="It can.")
@routes.alt_response(503, schema=Readiness, description="It cannot; a check is false.")
def readyz() -> Response:
    """Whether this process can serve.

    Postgres, schema and listener have to be there; the broker is not needed. The signing keys are
    named, so that a rotation can be seen to have reached every process.
    """
    service = runtime()
    found = revision.reachable_revision(service.db)
    checks = {
        "postgres": found is not None,
        "schema": found is not None and revision.serves(found),
        "listener": service.listener.connected,
    }
    key_ids = [key.key_id for key in service.config.key_ring.keys]
    status = "ok" if all(checks.values()) else "unavailable"
    response = jsonify({"status": status, **checks, "keys": key_ids})
    response.status_code = 200 if all(checks.values()) else 503
    return response
