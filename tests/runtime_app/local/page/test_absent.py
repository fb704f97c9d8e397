"""Outside a local stack there is no page."""

import os
import subprocess
import sys
from typing import Any

import pytest
import requests

from runtime_app.local.page.files import listed
from runtime_app.local.page.presets import SCRIPTS
from runtime_app.providers.model_script import parse_script
from tests.support.stack import PROJECT

OPTIONS = ("--port", "4001", "--api", "http://127.0.0.1:4000", "--model", "scripted/demo")


@pytest.mark.parametrize("env", [{}, {"OA_ENV": ""}, {"OA_ENV": "production"}])
def test_it_is_not_served_unless_the_stack_is_local(
    stack_state: dict[str, Any], env: dict[str, str]
):
    settings = {
        "DATABASE_URL": stack_state["database_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": f"{stack_state['signing_key_id']}:{stack_state['signing_key']}",
        "OA_SANITIZER_KEYS": stack_state["sanitizer_keys"],
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OA_")}
    done = subprocess.run(
        [sys.executable, "-m", "runtime_app", "page", *OPTIONS],
        cwd=PROJECT,
        env={**inherited, **settings, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "the chat page is for a local stack only (OA_ENV=local)" in done.stderr


def test_the_web_tier_does_not_have_it(stack_state: dict[str, Any]):
    for path in (*listed(), "/page.json", "/api/threads/t/state"):
        response = requests.get(stack_state["base_url"] + path, timeout=30)
        assert response.status_code == 404, path


def test_the_presets_are_scripts_that_there_are():
    for preset in SCRIPTS:
        assert parse_script(preset.model.removeprefix("scripted/"))
