"""Fresh secrets go in by every entrance; then all that the stack keeps and sends is searched."""

import pytest

from tests.e2e.entrances import ENTRANCES
from tests.e2e.leaking_model import MODEL
from tests.e2e.planting import SECRETS
from tests.support import search
from tests.support.api import Api, parts
from tests.support.collector import Collector
from tests.support.openai_server import OpenAIServer
from tests.support.postgres import session
from tests.support.secrets import forms
from tests.support.stack import eventually, running_stack


def sent(api: Api, run_id: str, thread_id: str) -> bytes:
    """All that a reader of the run is sent."""
    eventually(lambda: api.snapshot(run_id, thread_id)["terminal"], what=f"the end of {run_id}")
    asked = (
        ("/snapshot", ""),
        ("/events", "&limit=1000"),
        ("/stream", "&cursor=0"),
        ("/stream", "&cursor=0&format=native"),
    )
    raw = [api.get(path, run_id, thread_id, query).content for path, query in asked]
    pieces = parts(api.stream(run_id, thread_id))
    put_together = "".join(part.get("delta", "") for part in pieces)
    return b"\n".join([*raw, put_together.encode()])


@pytest.fixture(scope="module")
def kept() -> dict[str, bytes]:
    """All that is kept and sent once every entrance has been used."""
    with (
        OpenAIServer(MODEL) as server,
        Collector() as collector,
        running_stack(
            OPENAI_API_KEY="test-key",
            OPENAI_BASE_URL=server.base_url,
            OA_LOG_LEVEL="DEBUG",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint,
        ) as stack,
    ):
        api = Api.of(stack.state)
        with search.heard_by_broker(stack.state["broker_url"]) as commands:
            runs = [names for enter in ENTRANCES if (names := enter(api)) is not None]
            streams = {f"stream {run_id}": sent(api, run_id, thread) for run_id, thread in runs}
        with session(stack.state["owner_database_url"]) as owner:
            rows = search.columns(owner)
        told = {f"metrics {role}": page for role, page in search.metrics(stack).items()}
        told |= {"metrics files": search.files(stack.home, "*.db")}
        rest = rows | commands | search.logs(stack.home)
    # Once it is down, every span has been passed on.
    return streams | told | rest | {"spans": repr(collector.spans).encode()}


def test_the_search_finds_what_is_there(kept: dict[str, bytes]) -> None:
    """A search that finds nothing says nothing unless it can find something."""
    assert len(kept) > 60
    for place in (
        *("runtime.run_events.payload", "runtime.frames.frame_id", "log web", "broker"),
        *("spans", "metrics web", "metrics worker-runs", "metrics files"),
    ):
        assert kept[place]
    assert search.hits(kept, "user_message")
    for look in forms("a secret of many characters"):
        assert search.hits({"there": b"before" + look + b"after"}, "a secret of many characters")


def test_no_secret_is_found_anywhere(kept: dict[str, bytes]) -> None:
    found = {
        f"{entrance}, {kind}": places
        for entrance, secrets in SECRETS.items()
        for kind, secret in secrets.items()
        if (places := search.hits(kept, secret))
    }
    assert found == {}


def test_every_entrance_was_used_and_left_its_mark(kept: dict[str, bytes]) -> None:
    """Stand-ins are where the secrets would have been: they came so far, and no further."""
    assert len(SECRETS) >= 15
    assert kept["runtime.run_events.payload"].count(b"[redacted:") > 50
    assert b"[redacted:" in kept["runtime.tool_tasks.input"]
