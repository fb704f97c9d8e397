"""From asking for a run to be cancelled to seeing its end on its stream, in every state.

Beside it the least that this can cost: an HTTP round trip, and a commit that notifies until its
notification is heard.
"""

import json
import time
from collections.abc import Callable
from contextlib import closing

import psycopg2
import requests

from bench.harness import Figure, at_most, percentile, plain
from runtime_app.db.readable import readable
from tests.support.api import Api, fresh
from tests.support.counting_proxy import CountingProxy
from tests.support.reader import Reader, begin
from tests.support.stack import eventually, running_stack

ROUNDS = 30
HOST = "93.184.215.14"
MODELS = {
    "streams": "scripted/tokens?n=20000&delay_ms=20",
    "hears nothing of its model": "scripted/stall?after=1",
    "waits for a tool": "scripted/call?tool=http.get",
    "waits for its model's next try": "scripted/throttle?retry_after=60",
    "waits for input": "scripted/echo",
}
#: The event after which a run is in that state.
SIGNS = {
    "waits for a tool": "step.finished",
    "waits for its model's next try": "model.call_failed",
    "waits for input": "turn.ended",
}


def run() -> list[Figure]:
    """p50 and p99 for each state, and for all; the floor beside them."""
    proxy = CountingProxy(takes_s=60)
    with running_stack(
        OA_LOG_LEVEL="WARNING",
        OA_EGRESS_ALLOW=HOST,
        OA_EGRESS_PROXY=proxy.url,
        OA_SLOTS_PER_OWNER="1000",
    ) as stack:
        api = Api.of(stack.state)
        floor = [_floor_s(stack.state["base_url"], stack.state["direct_url"]) for _ in range(200)]
        took: dict[str, list[float]] = {"was accepted": [_accepted_s(api) for _ in range(ROUNDS)]}
        for state in MODELS:
            # Tools that are not asked to stop keep their worker: no more of them than there are.
            rounds = 2 if state == "waits for a tool" else ROUNDS
            took[state] = [_cancel_s(api, state) for _ in range(rounds)]
    proxy.close()
    every = [each for some in took.values() for each in some]
    least = percentile(floor, 0.5)
    return [
        at_most(
            "cancel",
            "cancel to the end on the stream, p99",
            percentile(every, 0.99),
            "s",
            1,
            "asking for a run's end to seeing it on its stream, in every state, p99",
        ),
        plain("cancel", "the same, p50", percentile(every, 0.5), "s"),
        plain("cancel", "bare: HTTP, commit, NOTIFY, p50", least, "s"),
        plain("cancel", "p50 over bare", percentile(every, 0.5) / least, "×"),
        *(
            plain("cancel", f"of a run that {state}, worst", max(some), "s")
            for state, some in took.items()
        ),
    ]


def _accepted_s(api: Api) -> float:
    run_id, thread_id = fresh(), fresh("t")
    api.start(run_id, thread_id)
    return _ended_s(api, run_id, thread_id, Reader(api, run_id, thread_id))


def _cancel_s(api: Api, state: str) -> float:
    text = json.dumps({"url": f"https://{HOST}/"})
    mode = "session" if state == "waits for input" else "turn"
    run_id, thread_id, reader = begin(api, MODELS[state], text=text, mode=mode)
    sign = SIGNS.get(state)
    look: Callable[[], bool] = lambda: reader.deltas() > 0  # noqa: E731
    if sign is not None:
        look = lambda: sign in [each["type"] for each in api.events(run_id, thread_id)]  # noqa: E731
    eventually(look, within_s=30, what=state)
    return _ended_s(api, run_id, thread_id, reader)


def _ended_s(api: Api, run_id: str, thread_id: str, reader: Reader) -> float:
    asked_s = time.monotonic()
    assert api.cancel(run_id, thread_id).status_code == 202
    while not reader.done:
        assert time.monotonic() - asked_s < 30
        time.sleep(0.001)
    return time.monotonic() - asked_s


def _floor_s(base_url: str, direct_url: str) -> float:
    # A `with` of the connection itself would begin a transaction, in which nothing is heard.
    with requests.Session() as session, closing(psycopg2.connect(direct_url)) as ear:
        ear.autocommit = True
        with ear.cursor() as listening, closing(psycopg2.connect(direct_url)) as mouth:
            listening.execute("listen bare")
            with mouth.cursor() as notifying:
                session.get(f"{base_url}/healthz", timeout=5)
                asked_s = time.monotonic()
                session.get(f"{base_url}/healthz", timeout=5)
                notifying.execute("create temporary table if not exists bare (n int)")
                notifying.execute("insert into bare values (1)")
                notifying.execute("notify bare")
                mouth.commit()
                while not ear.notifies:
                    readable(ear, 1)
                    ear.poll()
                took_s = time.monotonic() - asked_s
    return took_s
