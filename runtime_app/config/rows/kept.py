"""The settings of what is kept: for how long, and where."""

from runtime_app.anchors.anchor import ring as anchor_ring
from runtime_app.config.kinds import artifacts, seconds
from runtime_app.config.rows.users import WITH_ANCHORS, WITH_ARTIFACTS
from runtime_app.config.setting import Setting

KEPT: tuple[Setting, ...] = (
    Setting(
        "OA_RETENTION_DELTA_S",
        seconds(60, 10 * 366 * 86_400),
        "2592000",
        "How long after a run's end its deltas are kept; completed texts are kept for good.",
        roles=("worker-maintenance",),
    ),
    Setting(
        "OA_RETENTION_PROGRESS_S",
        seconds(60, 10 * 366 * 86_400),
        "86400",
        "How long after a run's end the progress of its tools is kept.",
        roles=("worker-maintenance",),
    ),
    Setting(
        "OA_ARTIFACTS_URL",
        artifacts,
        "",
        "Where files are kept outside the database: file:///folder, or gs://bucket/prefix or "
        "s3://bucket/prefix, with the extra gcs or s3. Anchors of logs go there, and outputs of "
        "tools that are too large for the log. Default: nowhere.",
        True,
        WITH_ARTIFACTS,
    ),
    Setting(
        "OA_ANCHOR_KEYS",
        anchor_ring,
        "",
        "The keys that anchors are signed with: id:secret, comma separated, the current one first. "
        "Old ones stay, to believe what they have signed. Default: nothing is anchored.",
        True,
        WITH_ANCHORS,
    ),
)
