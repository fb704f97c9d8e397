"""Tool calls: from the answer that asks for one to its worker, and to the step after its result.

Then many at once, while half of their runs are cancelled. Times are the database's own: of the
task's row and of the events. The tool is `calc`, whose own work is next to nothing, so what lies
between the call and the next step is overhead.
"""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2

from bench import stack
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.client import Client
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal

LAPS, CALLS = 6, 20
#: Of the storm.
RUNS, EACH = 50, 20
WITHIN_S = 45
OPEN = ("queued", "running", "streaming")

STARTED = """
select extract(epoch from claimed_at - created_at)::float8 * 1000 as ms
  from runtime.tool_tasks where run_id = any(%s)"""
#: From a call's event to the beginning of the step after it.
OVERHEAD = """
select extract(epoch from min(n.occurred_at) - c.occurred_at)::float8 * 1000 as ms
  from runtime.run_events c
  join runtime.run_events n
    on n.run_id = c.run_id and n.seq > c.seq and n.event_type = 'step.started'
 where c.run_id = any(%s) and c.event_type = 'tool.call'
 group by c.run_id, c.seq, c.occurred_at"""
STATES = "select state, count(*) from runtime.tool_tasks where run_id = any(%s) group by state"
#: Calls that have not exactly one result in the log.
UNPAIRED = """
select count(*) from (
  select c.payload::jsonb ->> 'tool_call_id' as id
    from runtime.run_events c
   where c.run_id = any(%s) and c.event_type in ('tool.call', 'tool.result')
   group by id having count(*) <> 2) as odd"""


def run() -> list[Figure]:
    """One after another, then the storm."""
    with stack.running(OA_SLOTS_PER_OWNER="1000") as state:
        key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
        client = Client(state["base_url"], key, Principal(user_id=1))
        with closing(psycopg2.connect(state["owner_database_url"])) as connection:
            connection.autocommit = True
            return [*_alone(client, connection), *_storm(client, connection)]


def _alone(client: Client, connection: Any) -> list[Figure]:
    model = f"scripted/tools?calls={CALLS}&parallel=0&asks=new"
    run_ids = []
    for lap in range(LAPS + 2):
        run_id = f"lap-{secrets.token_hex(6)}"
        _begin(client, run_id, model)
        _until(connection, [run_id], stored=CALLS)
        _until(connection, [run_id])
        if lap >= 2:
            run_ids.append(run_id)
    started = _column(connection, STARTED, run_ids)
    overhead = _column(connection, OVERHEAD, run_ids)
    return [
        at_most(
            "tools",
            "a call's task to its worker, p50",
            percentile(started, 0.5),
            "ms",
            15,
            "a tool call stored to its worker having it, p50",
        ),
        plain("tools", "the same, p99", percentile(started, 0.99), "ms"),
        at_most(
            "tools",
            "a call to the next step, tool that does nothing, p50",
            percentile(overhead, 0.5),
            "ms",
            35,
            "what a tool call adds to a turn beside the tool's own work, p50",
        ),
        plain("tools", "the same, p99", percentile(overhead, 0.99), "ms"),
    ]


def _storm(client: Client, connection: Any) -> list[Figure]:
    """Half of the runs are cancelled at once while the tools of all are at work."""
    model = f"scripted/tools?calls={EACH}&parallel=1&asks=new"
    run_ids = [f"storm-{secrets.token_hex(6)}" for _ in range(RUNS)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda run_id: _begin(client, run_id, model), run_ids))
        _until(connection, run_ids, stored=RUNS * EACH)
        before = dict(_rows(connection, STATES, run_ids))
        list(pool.map(lambda run_id: _cancel(client, run_id), run_ids[::2]))
    over_s = time.monotonic()
    of_cancelled = _until(connection, run_ids[::2]) - over_s
    of_all = _until(connection, run_ids) - over_s
    states = dict(_rows(connection, STATES, run_ids))
    return [
        at_most(
            "tools",
            f"{RUNS * EACH} calls of {RUNS} runs, half cancelled: all tasks ended after",
            of_all,
            "s",
            5,
            f"{RUNS * EACH} tool calls of {RUNS} runs, half cancelled at once: all ended after",
        ),
        plain("tools", "tasks of the cancelled runs ended after", of_cancelled, "s"),
        plain("tools", "tasks open as it began", sum(before.get(each, 0) for each in OPEN), ""),
        *(plain("tools", f"tasks that are {state}", states[state], "") for state in sorted(states)),
        plain("tools", "calls without exactly one result", _odd(connection, run_ids), ""),
    ]


def _begin(client: Client, run_id: str, model: str) -> None:
    """A run in a thread of its own name, with its message."""
    names = {"run_id": run_id, "thread_id": run_id}
    client.call("POST", "/runs", body={**names, "model": model}, **names)
    frame = {"frame_id": "f1", "type": "user_message", "payload": {"text": "go"}}
    body = {"thread_id": run_id, **frame}
    client.call("POST", f"/runs/{run_id}/frames", body=body, **names)


def _cancel(client: Client, run_id: str) -> None:
    names = {"run_id": run_id, "thread_id": run_id}
    client.call("POST", f"/runs/{run_id}/cancel", body={"thread_id": run_id}, **names)


def _until(connection: Any, run_ids: list[str], stored: int = 0) -> float:
    """When there are so many tasks of these runs, or where none is asked for, none is open."""
    until_s = time.monotonic() + WITHIN_S
    while time.monotonic() < until_s:
        states = dict(_rows(connection, STATES, run_ids))
        unfinished = sum(states.get(state, 0) for state in OPEN)
        if sum(states.values()) >= stored if stored else not unfinished:
            break
        time.sleep(0.05)
    return time.monotonic()


def _odd(connection: Any, run_ids: list[str]) -> float:
    """Once every run has ended, too."""
    ends = "select count(*), 0 from runtime.runs where run_id = any(%s) and terminal_at is null"
    until_s = time.monotonic() + WITHIN_S
    while time.monotonic() < until_s and _column(connection, ends, run_ids) != [0]:
        time.sleep(0.1)
    [odd] = _column(connection, UNPAIRED, run_ids)
    return odd


def _rows(connection: Any, query: str, run_ids: list[str]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, (run_ids,))
        return list(cursor.fetchall())


def _column(connection: Any, query: str, run_ids: list[str]) -> list[float]:
    return [row[0] for row in _rows(connection, query, run_ids)]
