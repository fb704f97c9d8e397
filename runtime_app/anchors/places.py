"""Where anchors are: a folder for each run, in the order of the seqs that they speak of."""

from dataclasses import dataclass
from datetime import datetime

from runtime_app.anchors import anchor
from runtime_app.anchors.anchor import Anchor
from runtime_app.artifacts.store import ArtifactDamaged, ArtifactLost, Files
from runtime_app.canonical import sha256_hex
from runtime_app.clock import epoch_us
from runtime_app.security.key_ring import KeyRing


class Doubtful(Exception):
    """There is an anchor, and it cannot be believed; the message says why."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """The anchors in one store, under one ring; its first key signs, all are believed."""

    store: Files
    ring: KeyRing

    def write(self, run_id: str, seq: int, head: bytes, at: datetime) -> tuple[Anchor, str]:
        """Sign and keep an anchor; it, and the name of its file.

        Raises:
            Unavailable: the store cannot be reached.
        """
        signed = anchor.sign(self.ring.keys[0], run_id, seq, head, epoch_us(at))
        return signed, self.store.put(f"{_folder(run_id)}/{seq:016d}", signed.written())

    def newest(self, run_id: str) -> Anchor | None:
        """The anchor of the run's highest seq that has one.

        Raises:
            Doubtful: it is damaged, of another run, or not signed by a key of the ring.
            Unavailable: the store cannot be reached.
        """
        names = self.store.names(_folder(run_id))
        return self._believed(run_id, names[-1]) if names else None

    def all(self, run_id: str) -> list[Anchor]:
        """Every anchor of the run in the order of their seqs; raises as `newest`."""
        return [self._believed(run_id, name) for name in self.store.names(_folder(run_id))]

    def _believed(self, run_id: str, name: str) -> Anchor:
        try:
            found = anchor.read(self.store.get(name))
            if found.run_id != run_id or f"/{found.seq:016d}/" not in name:
                raise Doubtful(f"{name} is an anchor of something else")
            if not anchor.holds(self.ring, found):
                raise Doubtful(f"{name} is not signed by key {found.key_id!r}")
        except KeyError as error:
            raise Doubtful(f"{name} is signed by key {error}, which is not known here") from error
        except (ArtifactLost, ArtifactDamaged, ValueError) as error:
            raise Doubtful(f"{name} cannot be read: {error}") from error
        return found


def _folder(run_id: str) -> str:
    """By hash: an id may be longer, or look other, than what a file system takes as a name."""
    digest = sha256_hex(run_id)
    return f"anchors/{digest[:2]}/{digest}"
