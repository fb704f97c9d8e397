"""From POST /runs/stream to the first text delta on it: one client, scripted model, no delay."""

import secrets
import time

from bench import runs, stack
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.client import Client
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal
from tests.support.runs import events_after

ROUNDS = 300
WARM_UP = 30


def run() -> list[Figure]:
    """End to end, and where the time goes by the events' own times."""
    with stack.running() as state:
        key = SigningKey(state["signing_key_id"], state["signing_key"].encode())
        client = Client(state["base_url"], key, Principal(user_id=1))
        db = runs.database(state["database_url"], 1)
        laps = [_lap(client, db) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
        db.close()
    total = [lap["total"] for lap in laps]
    figures = [
        at_most(
            "first_delta",
            "POST /runs/stream to first text delta, p50",
            percentile(total, 0.5),
            "ms",
            12,
            "`POST /runs/stream` to the first text delta, scripted model, p50",
        ),
        at_most("first_delta", "the same, p99", percentile(total, 0.99), "ms", 40, "the same, p99"),
    ]
    phases = ("request to frame.accepted", "to run.started", "to text.delta", "to bytes")
    return figures + [
        plain(
            "first_delta",
            f"of it: {phase}, p50",
            percentile([lap[phase] for lap in laps], 0.5),
            "ms",
        )
        for phase in phases
    ]


def _lap(client: Client, db: "runs.Database") -> dict[str, float]:
    run_id = f"lap-{secrets.token_hex(6)}"
    names = {"run_id": run_id, "thread_id": "bench"}
    frame = {"frame_id": "f1", "type": "user_message", "payload": {"text": "go"}}
    body = {"run": {**names, "model": "scripted/tokens?n=3"}, "frame": frame}
    sent_s = time.time()
    first_s = 0.0
    for event in client.stream("POST", "/runs/stream", body=body, **names):
        if not first_s and '"text-delta"' in event.data:
            first_s = time.time()
    at = {
        event.type: event.occurred_at.timestamp() for event in reversed(events_after(db, run_id, 0))
    }
    moments = [sent_s, at["frame.accepted"], at["run.started"], at["text.delta"], first_s]
    names_of = ("request to frame.accepted", "to run.started", "to text.delta", "to bytes")
    spans = zip(names_of, moments, moments[1:], strict=False)
    return {name: (b - a) * 1000 for name, a, b in spans} | {"total": (first_s - sent_s) * 1000}
