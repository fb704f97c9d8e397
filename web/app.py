"""The application factory: wiring only."""

from collections.abc import Sequence

from flask import Flask

from runtime_app import __version__
from runtime_app.bootstrap.web import WebRuntime
from web import auth, errors, ingest_span, limits, measures, request_ids
from web.api import Contract, Routes
from web.blueprints import BLUEPRINTS, UNSIGNED
from web.policy import demand_policies


def create_app(runtime: WebRuntime, unsigned: Sequence[Routes] = UNSIGNED) -> Flask:
    """The API over `runtime`; starts nothing.

    Args:
        unsigned: the routes outside the signed prefix.

    Raises:
        RuntimeError: a signed route has no policy.
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # it answers with a redirect page
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["runtime"] = runtime
    errors.install(app)
    request_ids.install(app)
    measures.install(app)
    ingest_span.install(app)
    limits.install(app)
    auth.install(app, runtime.config.max_failed_signatures)
    add_routes(app, unsigned)
    demand_policies(app)
    return app


def add_routes(app: Flask, unsigned: Sequence[Routes] = UNSIGNED) -> Contract:
    """Register every route; what comes back describes them and needs no runtime."""
    app.config.update(
        API_TITLE="openagents-runtime",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
    )
    api = Contract(app)
    for routes in (*BLUEPRINTS, *unsigned):
        api.register_blueprint(routes)
    return api
