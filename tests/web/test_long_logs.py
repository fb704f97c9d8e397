"""A log of 100,000 events is folded, streamed, paged and verified in bounded memory."""

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench import long_log
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from tests.support.api import Api, fresh
from tests.support.dispatcher import RecordingDispatcher
from tests.support.replayed import forged
from tests.support.runs import OWNER, finish, granted, start
from tests.support.sanitizer import SANITIZER
from tests.web.solo import KEY, surroundings, web_process

SHORT, LONG = 10 * long_log.TURN, 991 * long_log.TURN
GROWTH_BYTES = 8 * 2**20


@dataclass(frozen=True)
class Web:
    """A web process of the test's own, over the shared stack's database."""

    api: Api
    worker: psutil.Process

    def peak_growth_bytes(self, work: Callable[[], None]) -> int:
        """How much more memory than before the process has had at its peak, while `work` ran."""
        Path(f"/proc/{self.worker.pid}/clear_refs").write_text("5")  # the peak begins anew
        before = self.worker.memory_info().rss
        work()
        status = Path(f"/proc/{self.worker.pid}/status").read_text()
        peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        assert peak is not None
        return int(peak[1]) * 1024 - before


@pytest.fixture(scope="module")
def web(stack_state: dict[str, Any]) -> Iterator[Web]:
    settings = surroundings(stack_state, OA_AUTH_REQUIRE_REQUEST_BINDING="off")
    with web_process(settings) as base_url:
        address = base_url.removeprefix("http://")
        (master,) = (
            each
            for each in psutil.process_iter(["ppid", "cmdline"])  # an ended one has no words
            if each.info["ppid"] == os.getpid() and address in (each.info["cmdline"] or ())
        )
        (worker,) = master.children()
        yield Web(Api(base_url, KEY, {"X-OA-USER-ID": str(OWNER.user_id)}, {}), worker)


@pytest.fixture(scope="module")
def runs(stack_state: dict[str, Any]) -> Iterator[Callable[[int], tuple[str, str]]]:
    """Makes ended runs with so many events and one or two more."""
    url = stack_state["database_url"]
    db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)

    def make(events: int) -> tuple[str, str]:
        thread_id = fresh("t")
        run_id = forged(start(db, fresh(), thread_id=thread_id, mode="session").run_id)
        lease = granted(db, run_id, ttl_s=3600)
        long_log.fill(db, run_id, events)
        finish(db, lease)
        return run_id, thread_id

    yield make
    db.close()


def look(api: Api, run: tuple[str, str], events: int) -> None:
    """The run's snapshot, and its chain from the first event."""
    snapshot = api.snapshot(*run)
    assert snapshot["latestSeq"] == events + 2
    assert snapshot["usage"]["modelCalls"] == events // long_log.TURN
    assert api.get("/integrity", *run).json()["checkedTo"] == events + 2


def stream(api: Api, run: tuple[str, str], events: int, stream_format: str) -> None:
    """All of it, from the beginning; in `native` no seq may be left out."""
    run_id, thread_id = run
    path = f"/runs/{run_id}/stream?thread_id={thread_id}&cursor=0&format={stream_format}"
    seen = 0
    with api.send("GET", path, run_id=run_id, thread_id=thread_id, stream=True) as response:
        for line in response.iter_lines(65_536):
            if line.startswith(b"id: "):
                assert stream_format == "ai-sdk" or int(line[4:]) == seen + 1
                seen = int(line[4:])
    assert seen == events + 2


def test_a_long_log_costs_a_web_process_no_more_memory_than_a_short_one(
    web: Web, runs: Callable[[int], tuple[str, str]]
) -> None:
    short, long = runs(SHORT), runs(LONG)
    formats = ("native", "ai-sdk")
    for _ in range(3):  # what the process needs once and keeps
        look(web.api, short, SHORT)
        for each in formats:
            stream(web.api, short, SHORT, each)

    def all_of_it() -> None:
        look(web.api, long, LONG)
        with ThreadPoolExecutor() as threads:
            readers = [threads.submit(stream, web.api, long, LONG, each) for each in formats]
        assert [reader.result() for reader in readers] == [None, None]

    growth = web.peak_growth_bytes(all_of_it)
    assert growth <= GROWTH_BYTES
