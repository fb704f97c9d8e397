"""The anchors of a process."""

from collections.abc import Callable

from runtime_app.anchors.places import Anchors
from runtime_app.artifacts.store import ArtifactStore, Files
from runtime_app.config import Config


def anchors_of(config: Config, store: Callable[[str], Files] = ArtifactStore) -> Anchors | None:
    """Those that the settings speak of; None where store or keys are missing.

    Args:
        store: makes the store of a URL.
    """
    if not config.artifacts_url or config.anchor_ring is None:
        return None
    return Anchors(store(config.artifacts_url), config.anchor_ring)
