"""The stack that a user gets, every role of it."""

import base64
import http.client
import urllib.error
import urllib.request

from runtime_app.local.roles import APPLICATION, SERVERS
from tests.support.stack import eventually, running_stack


def status_of(url: str, credentials: str = "") -> int:
    """The status of a GET; 0 while nobody answers."""
    request = urllib.request.Request(url)
    if credentials:
        token = base64.b64encode(credentials.encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    try:
        with urllib.request.urlopen(request, timeout=5.0) as response:
            return response.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except (OSError, http.client.HTTPException):
        return 0


def test_all_roles_come_up_survive_a_kill_and_go():
    with running_stack() as stack:
        state = stack.state
        ready_url = state["base_url"] + "/readyz"

        assert set(state["roles"]) == {role.name for role in (*SERVERS, *APPLICATION)}
        assert status_of(ready_url) == 200
        opens = f"{state['flower_user']}:{state['flower_password']}"
        assert status_of(state["flower_url"]) == 401
        assert status_of(state["flower_url"], opens) == 200

        stack.kill("web", within_s=2.0)
        eventually(lambda: status_of(ready_url) == 200, what="web serves again")
        stack.kill("postgres", within_s=2.0)
        eventually(lambda: status_of(ready_url) == 200, within_s=20.0, what="web is ready again")

        assert stack.stop() == 0
        assert stack.left() == set()
        assert not (stack.home / "stack.json").exists()
        assert f"up    {'worker-runs':<20}" in stack.output
