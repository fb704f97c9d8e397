"""A route says what it demands of its caller, or the service does not start."""

import pytest
from flask import Blueprint, Flask

from tests.web.routes import application
from web.api import Routes
from web.policy import PREFIX, Names, Policy, demand_policies, policy, policy_of


def _view(**_names: str) -> str:
    """A view."""
    return ""


def _with_route(rule: str) -> Flask:
    app = Flask(__name__)
    routes = Blueprint("new", __name__)
    routes.add_url_rule(rule, "view", _view)
    app.register_blueprint(routes)
    return app


def test_a_signed_route_without_a_policy_keeps_the_service_from_starting() -> None:
    with pytest.raises(RuntimeError, match=f"routes without a policy: {PREFIX}/new"):
        demand_policies(_with_route(f"{PREFIX}/new"))


def test_start_up_asks_for_the_policies() -> None:
    routes = Routes("forgotten", __name__, url_prefix=f"{PREFIX}/forgotten")
    routes.get("/<run_id>")(_view)
    with pytest.raises(RuntimeError, match=f"{PREFIX}/forgotten/<run_id>"):
        application(routes)


def test_an_open_route_needs_none() -> None:
    demand_policies(_with_route("/new"))


def test_every_signed_route_has_one() -> None:
    app = application()
    signed = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX)]
    assert all(isinstance(policy_of(app, rule.endpoint), Policy) for rule in signed)
    assert len(signed) >= 11


def test_a_policy_that_cannot_be_kept_is_none() -> None:
    with pytest.raises(ValueError, match="no policy"):
        policy(Names.NOTHING)
    with pytest.raises(ValueError, match="no policy"):
        policy(Names.NOTHING, scope="ops:everything")
