"""A real Flower starts with the little that its pod has, lets nobody in unasked, and only shows."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from runtime_app.local.ports import free_port
from tests.support.chart import PROJECT, Document
from tests.support.stack import eventually


@pytest.fixture
def flower(
    rendered: Mapping[str, list[Document]], stack_state: dict[str, Any], tmp_path: Path
) -> Iterator[str]:
    """Its address."""
    (pod,) = (
        document["spec"]["template"]["spec"]
        for document in rendered["prod"]
        if document["kind"] == "Deployment" and document["metadata"]["name"] == "oa-flower"
    )
    (container,) = pod["containers"]
    held = {
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SANITIZER_KEYS": "k:" + "hush" * 8,
        "FLOWER_BASIC_AUTH": "us:er",
        "FLOWER_COOKIE_SECRET": "hush" * 8,
    }
    environ = {
        entry["name"]: entry["value"] if "value" in entry else held[entry["name"]]
        for entry in container["env"]
    }
    environ["FLOWER_READ_ONLY"] = "false"  # somebody's doing; the command has the last word
    port = free_port()
    argv = [
        {"python": sys.executable, "--port=5555": f"--port={port}"}.get(
            word, word.replace("0.0.0.0", "127.0.0.1")
        )
        for word in container["command"]
    ]
    with (tmp_path / "flower.log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=PROJECT, env=environ, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def test_flower_wants_a_password_and_no_database_and_cannot_act(flower: str) -> None:
    def answered() -> bool:
        try:
            return requests.get(flower, timeout=5).status_code == 401
        except requests.ConnectionError:
            return False

    eventually(answered, within_s=60, what="an answer of Flower")
    assert requests.get(flower, auth=("us", "er"), timeout=20).status_code == 200
    act = f"{flower}/api/worker/shutdown/nobody@nowhere"
    assert requests.post(act, auth=("us", "er"), timeout=20).status_code == 403
