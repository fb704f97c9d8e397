"""A web process under gevent reads anchors from a bucket, and goes on while that is silent."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support import faraway
from tests.support.api import Api, fresh
from tests.support.stack import eventually
from tests.web.solo import KEY, surroundings, web_process


@pytest.fixture
def bucket(tmp_path: Path, stack_state: dict[str, Any]) -> Path:
    """A folder with a bucket in it that holds the files of the shared stack."""
    (tmp_path / "kept").symlink_to(urlsplit(stack_state["artifacts_url"]).path)
    return tmp_path


@pytest.fixture
def solo(stack_state: dict[str, Any], bucket: Path) -> Iterator[str]:
    settings = surroundings(
        stack_state,
        OA_ARTIFACTS_URL=f"faraway://{bucket}/kept",
        OA_ANCHOR_KEYS=stack_state["anchor_keys"],
        PYTHONPATH=faraway.installed(bucket / "import"),
    )
    with web_process(settings) as base_url:
        yield base_url


def test_anchors_in_a_bucket_are_compared_or_nobody_can_say(
    api: Api, solo: str, bucket: Path, threads: ThreadPoolExecutor
) -> None:
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "good morning", model="scripted/echo"))
    asked = Api(solo, KEY)

    def verdict() -> dict[str, Any]:
        answer = asked.get("/integrity", run_id, thread_id)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    latest = api.snapshot(run_id, thread_id)["latestSeq"]
    eventually(lambda: verdict()["anchoredTo"] == latest, what="an anchor that is seen")
    assert verdict()["verified"] is True

    (bucket / "away").touch()
    away = verdict()
    assert (away["verified"], away["anchoredTo"]) == (False, None)
    assert "EndpointConnectionError" in away["reason"]
    (bucket / "away").unlink()

    (bucket / "silent").touch()
    waiting = threads.submit(verdict)
    for _ in range(3):
        assert requests.get(f"{solo}/healthz", timeout=5).ok
        assert not waiting.done()
    (bucket / "silent").unlink()
    assert waiting.result(timeout=60)["anchoredTo"] == latest
