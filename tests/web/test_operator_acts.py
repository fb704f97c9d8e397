"""Every operators' route looks only, or is listed with the act that it records."""

from runtime_app.audit.act import ACTS
from tests.web.routes import OPERATORS

#: Route -> act. A route that changes something is put here together with a test of its row.
RECORDED: dict[str, str] = {}


def test_an_operators_route_that_changes_something_records_an_act():
    changing = {str(route) for route in OPERATORS if route.method != "GET"}

    assert changing == set(RECORDED)
    assert set(RECORDED.values()) <= set(ACTS)


def test_there_are_operators_routes():
    assert "GET /ops/keys" in {str(route) for route in OPERATORS}
