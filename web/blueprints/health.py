"""`/healthz` and `/readyz`: outside the signed prefix."""

from flask import Blueprint, Response, jsonify

from runtime_app.db import migrate
from web.context import runtime

routes = Blueprint("health", __name__)


@routes.get("/healthz")
def healthz() -> Response:
    """The process is alive; touches nothing."""
    return jsonify({"status": "ok"})


@routes.get("/readyz")
def readyz() -> Response:
    """Whether this process can serve: Postgres, schema, listener. The broker is not needed.

    It also names its signing keys, so that a rotation can be seen to have reached every process.
    """
    service = runtime()
    found = migrate.reachable_revision(service.db)
    checks = {
        "postgres": found is not None,
        "schema": found == migrate.newest(),
        "listener": service.listener.connected,
    }
    key_ids = [key.key_id for key in service.config.key_ring.keys]
    status = "ok" if all(checks.values()) else "unavailable"
    response = jsonify({"status": status, **checks, "keys": key_ids})
    response.status_code = 200 if all(checks.values()) else 503
    return response
