"""Eight writers at one run: one order, no gap, one chain, and readers that see it grow."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.events.batch_writer import BatchWriter
from runtime_app.events.integrity import verify
from runtime_app.leases.lease import Lease
from tests.support.postgres import PATIENCE_S, Session, until_blocked
from tests.support.runs import append, delta, events_after, fresh_run, granted

WRITERS = 8
ROUNDS = 30


def test_eight_writers_number_their_events_without_gaps_and_the_chain_holds(
    db: Database, threads: ThreadPoolExecutor
):
    run_id = fresh_run(db)
    together = Barrier(WRITERS)

    def write(writer: int) -> list[int]:
        together.wait(PATIENCE_S)
        heads = []
        for n in range(ROUNDS):
            batch = [delta(f"{writer}:{n}:{part}") for part in range(1 + n % 3)]
            heads.append(append(db, run_id, *batch).seq)
        return heads

    heads = list(threads.map(write, range(WRITERS)))

    events = events_after(db, run_id, 0)
    total = 1 + WRITERS * sum(1 + n % 3 for n in range(ROUNDS))
    assert [event.seq for event in events] == list(range(1, total + 1))
    assert verify(db, run_id).broken is None
    for writer, own in enumerate(heads):
        assert own == sorted(own)
        said = [
            e.payload["delta"] for e in events[1:] if e.payload["delta"].startswith(f"{writer}:")
        ]
        assert said == [f"{writer}:{n}:{part}" for n in range(ROUNDS) for part in range(1 + n % 3)]


def test_a_batch_stands_in_one_piece(db: Database, threads: ThreadPoolExecutor):
    run_id = fresh_run(db)

    def write(writer: int) -> None:
        for _ in range(10):
            append(db, run_id, *[delta(str(writer))] * 5)

    list(threads.map(write, range(WRITERS)))

    said = [event.payload["delta"] for event in events_after(db, run_id, 1)]
    batches = [said[at : at + 5] for at in range(0, len(said), 5)]
    assert len(batches) == 10 * WRITERS
    assert all(len(set(batch)) == 1 for batch in batches)


def test_a_reader_meanwhile_sees_whole_prefixes_only(db: Database, threads: ThreadPoolExecutor):
    run_id = fresh_run(db)
    done = Event()

    def write(writer: int) -> None:
        for _ in range(20):
            append(db, run_id, delta(str(writer)), delta(str(writer)))

    def read() -> list[int]:
        seen: list[int] = []
        while True:
            last_round = done.is_set()
            page = events_after(db, run_id, seen[-1] if seen else 0)
            seen += [event.seq for event in page]
            if last_round and not page:
                return seen

    readers = [threads.submit(read) for _ in range(2)]
    try:
        list(threads.map(write, range(4)))
    finally:
        done.set()

    for reader in readers:
        assert reader.result(PATIENCE_S) == list(range(1, 1 + 1 + 4 * 20 * 2))


def test_writers_of_different_runs_do_not_wait_for_each_other(
    db: Database, owner: Session, threads: ThreadPoolExecutor
):
    held, free = fresh_run(db), fresh_run(db)
    with db.transaction() as tx:
        log.append(tx, held, [delta("a")])
        waiting = threads.submit(append, db, held, delta("b"))
        until_blocked(owner)
        assert append(db, free, delta("c")).seq == 2
        assert not waiting.done()
    assert waiting.result(PATIENCE_S).seq == 3


def test_the_batch_writers_of_two_processes_share_runs_without_gaps(
    db: Database, threads: ThreadPoolExecutor
):
    """Each commits many runs at once, in the one lock order; so do single appends beside them."""
    runs = [granted(db, fresh_run(db)) for _ in range(5)]
    writers = [BatchWriter(db), BatchWriter(db)]
    for writer in writers:
        writer.start()

    def write(n: int) -> None:
        for turn in range(20):
            lease: Lease = runs[(n + turn) % len(runs)]
            if n < 6:
                writers[n % 2].append(lease.run_id, [delta("a"), delta("b")], lease.epoch)
            else:
                append(db, lease.run_id, delta("c"), epoch=lease.epoch)

    list(threads.map(write, range(WRITERS)))
    for writer in writers:
        writer.stop()

    lengths = []
    for lease in runs:
        seqs = [event.seq for event in events_after(db, lease.run_id, 0)]
        assert seqs == list(range(1, len(seqs) + 1))
        assert verify(db, lease.run_id).broken is None
        lengths.append(len(seqs) - 1)
    assert sum(lengths) == 6 * 20 * 2 + 2 * 20
