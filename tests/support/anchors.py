"""Anchors of a test's own, and the chain as somebody would forge it who owns the database."""

from pathlib import Path

from runtime_app.anchors.places import Anchors
from runtime_app.artifacts.store import ArtifactStore
from runtime_app.security.key_ring import KeyRing
from tests.support import faraway  # noqa: F401 - makes the scheme known
from tests.support.postgres import Session

KEYS = "test:0123456789abcdef0123456789abcdef"


def anchors_in(folder: Path, keys: str = KEYS) -> Anchors:
    """Anchors in a folder, under `keys`."""
    return Anchors(ArtifactStore(folder.as_uri()), KeyRing.parse(keys))


def anchors_faraway(folder: Path) -> Anchors:
    """The same in a bucket; a file `away` in the folder makes it fail."""
    return Anchors(ArtifactStore(f"faraway://{folder}/anchors"), KeyRing.parse(KEYS))


def files_in(folder: Path) -> list[Path]:
    """The files of anchors, in the order of their seqs within a run."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def rewrite_chain(owner: Session, run_id: str, seq: int, payload: str) -> None:
    """Give event `seq` another payload and link all behind it anew, up to the head."""
    owner.run(
        "update runtime.run_events set payload = %(payload)s,"
        " payload_hash = sha256(convert_to(%(payload)s, 'UTF8'))"
        " where run_id = %(id)s and seq = %(seq)s",
        id=run_id,
        seq=seq,
        payload=payload,
    )
    relink(owner, run_id)


def relink(owner: Session, run_id: str) -> None:
    """Compute every hash of the chain anew, by its own recipe, and put the head behind it."""
    events = owner.rows(
        "select seq from runtime.run_events where run_id = %(id)s order by seq", id=run_id
    )
    for (seq,) in events:
        owner.run(
            "update runtime.run_events e set prev_hash = p.hash, event_hash = sha256("
            " runtime.hash_field(convert_to('oa.event.v1', 'UTF8'))"
            " || runtime.hash_field(convert_to(e.run_id, 'UTF8'))"
            " || runtime.hash_field(convert_to(e.seq::text, 'UTF8'))"
            " || runtime.hash_field(convert_to(e.event_type, 'UTF8'))"
            " || runtime.hash_field(convert_to(e.event_version::text, 'UTF8'))"
            " || runtime.hash_field(convert_to("
            "   (extract(epoch from e.occurred_at) * 1000000)::bigint::text, 'UTF8'))"
            " || runtime.hash_field(e.payload_hash) || runtime.hash_field(p.hash))"
            " from (select coalesce((select event_hash from runtime.run_events"
            "   where run_id = %(id)s and seq = %(seq)s - 1), decode(repeat('00', 32), 'hex'))"
            "   as hash) p"
            " where e.run_id = %(id)s and e.seq = %(seq)s",
            id=run_id,
            seq=seq,
        )
    owner.run(
        "update runtime.run_heads h set seq = e.seq, chain_head = e.event_hash"
        " from (select seq, event_hash from runtime.run_events where run_id = %(id)s"
        "   order by seq desc limit 1) e where h.run_id = %(id)s",
        id=run_id,
    )
