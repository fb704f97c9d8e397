"""The application factory: wiring only."""

from flask import Flask

from runtime_app import __version__
from runtime_app.bootstrap.web import WebRuntime
from web import auth, errors, ingest_span, limits, measures, request_ids
from web.api import Contract
from web.blueprints import BLUEPRINTS, UNSIGNED
from web.policy import demand_policies


def create_app(runtime: WebRuntime) -> Flask:
    """The API over `runtime`; starts nothing.

    Raises:
        RuntimeError: a signed route has no policy.
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # it answers with a redirect page
    app.config.update(
        API_TITLE="openagents-runtime",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["runtime"] = runtime
    errors.install(app)
    request_ids.install(app)
    measures.install(app)
    ingest_span.install(app)
    limits.install(app)
    auth.install(app)
    api = Contract(app)
    for routes in BLUEPRINTS:
        api.register_blueprint(routes)
    for unsigned in UNSIGNED:
        app.register_blueprint(unsigned)
    demand_policies(app)
    return app
