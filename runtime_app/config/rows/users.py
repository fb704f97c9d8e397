"""Which roles a setting is for, where several rows name the same."""

WORKERS = ("worker-runs", "worker-tools", "worker-settlement", "worker-maintenance")
WITH_DATABASE = ("web", *WORKERS, "beat", "migrate")
WITH_BROKER = ("web", *WORKERS, "beat", "flower")
WITH_ANCHORS = ("web", "worker-maintenance")
WITH_TOOLS = ("worker-tools", "worker-settlement")
WITH_CHILDREN = (*WITH_TOOLS, "worker-maintenance")
WITH_ARTIFACTS = (*WITH_TOOLS, *WITH_ANCHORS)
