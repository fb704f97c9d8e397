"""What a prediction costs beside its model, in one process; hashes, and the spread of buckets.

The model is a script that answers at once. Beside the predictions, the floor: the same statements
in the same transactions, over texts that are there already.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any

from bench import runs, stack
from bench.harness import Figure, at_most, percentile, plain
from runtime_app.canonical import canonical
from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.ds import predictions
from runtime_app.ds.asking import Models
from runtime_app.ds.catalog import RECAP_THREAD
from runtime_app.ds.hashing import tagged_hash
from runtime_app.ds.predict import Predictor
from runtime_app.ds.predictions import SQL, Call
from runtime_app.ds.selection import bucket
from runtime_app.events.event import Origin
from runtime_app.providers.router import Providers
from runtime_app.providers.scripted import ScriptedProvider
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.guard import Guard

CALLS, WARM = 1_000, 50
_KEYS = 100_000
_PARAMS = {
    "thread_id": "t",
    "messages": [{"role": "user", "text": "Where do we stand? " * 10} for _ in range(10)],
}


def run() -> list[Figure]:
    """Milliseconds of predictions and of their floor; a hash; points that buckets are off."""
    with stack.running() as state:
        db = runs.database(state["database_url"], 1)
        made = _times_ms(db, _predictor(db).run)
        floor = _times_ms(db, lambda predict_id: _bare(db, predict_id))
        db.close()
    p50, p99 = (percentile(made, share) for share in (0.5, 0.99))
    bare = percentile(floor, 0.5)
    return [
        at_most("ds", "a prediction beside its model, p50", p50, "ms", 15, "prediction, p50"),
        at_most("ds", "a prediction beside its model, p99", p99, "ms", 40, "prediction, p99"),
        plain("ds", "the same statements alone, p50", bare, "ms"),
        plain("ds", "a prediction as a multiple of that", p50 / bare, ""),
        at_most("ds", "tagged hash of 10 KiB", _hash_ms(), "ms", 1),
        *(
            at_most("ds", f"buckets of 100,000 keys at {share}%, off by", off, "points", 0.3)
            for share, off in _spread().items()
        ),
    ]


def _predictor(db: Database) -> Predictor:
    clock = SystemClock()
    guard = Guard(Breakers(db, clock), BreakerPolicy(), {}, clock)
    providers = Providers({"scripted": ScriptedProvider()})
    return Predictor(db, Models(providers, guard, clock, "scripted/json"), "bench")


def _times_ms(db: Database, work: Callable[[str], Any]) -> list[float]:
    found = []
    for _ in range(CALLS + WARM):
        predict_id = secrets.token_hex(12)
        with db.transaction() as tx:
            predictions.ask(tx, Call(predict_id, RECAP_THREAD.id, _PARAMS), "user:1", "t", Origin())
        began_s = time.perf_counter()
        work(predict_id)
        found.append(1000 * (time.perf_counter() - began_s))
    return found[WARM:]


def _bare(db: Database, predict_id: str) -> None:
    """The statements of one prediction, with texts of the usual sizes."""
    text = canonical({"text": "x" * 3_000, "of": predict_id})
    of_hash = hashlib.sha256(text.encode()).hexdigest()
    db.one(SQL["claim"], predict_id=predict_id, grace_s=15)
    with db.transaction() as tx:
        tx.one(SQL["get_pointer"], signature_id=RECAP_THREAD.id)
        for _ in range(2):
            tx.one(SQL["get_artifact"], compiled_id=RECAP_THREAD.compiled_id)
    with db.transaction() as tx:
        tx.one(SQL["end_prediction"], predict_id=predict_id, state="succeeded", output="{}")
        tx.execute(SQL["keep_trace"], trace_hash=of_hash, body=text)
        tx.execute(
            SQL["add_receipt"],
            receipt_id=f"bare_{predict_id}",
            predict_id=predict_id,
            owner="user:1",
            thread_id="t",
            signature_id=RECAP_THREAD.id,
            compiled_id=RECAP_THREAD.compiled_id,
            variant="primary",
            status="succeeded",
            error_class=None,
            body=text,
            evaluated="{}",
            content_hash=of_hash,
            receipt_hash=of_hash,
            trace_hash=of_hash,
        )


def _hash_ms() -> float:
    value = {"rows": [{"id": number, "text": "x" * 40} for number in range(170)]}
    assert 10_000 <= len(canonical(value)) <= 11_500
    took = []
    for _ in range(200):
        began_s = time.perf_counter()
        tagged_hash("params", value)
        took.append(1000 * (time.perf_counter() - began_s))
    return percentile(took, 0.5)


def _spread() -> dict[int, float]:
    placed = [bucket(RECAP_THREAD.id, "seed", f"user:{number}") for number in range(_KEYS)]
    return {
        share: abs(100 * sum(each < share for each in placed) / _KEYS - share)
        for share in (1, 5, 25, 50)
    }
