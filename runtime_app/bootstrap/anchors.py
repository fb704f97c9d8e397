"""The anchors of a process."""

from runtime_app.anchors.places import Anchors
from runtime_app.artifacts.store import ArtifactStore
from runtime_app.config import Config


def anchors_of(config: Config) -> Anchors | None:
    """Those that the settings speak of; None where store or keys are missing."""
    if not config.artifacts_url or config.anchor_ring is None:
        return None
    return Anchors(ArtifactStore(config.artifacts_url), config.anchor_ring)
