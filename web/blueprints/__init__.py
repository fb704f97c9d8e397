"""One file per resource."""

from web.blueprints import ds, forks, frames, health, ops, runs, stream, threads, tools

BLUEPRINTS = (
    runs.routes,
    forks.routes,
    frames.routes,
    stream.routes,
    tools.routes,
    threads.routes,
    ds.routes,
    ops.routes,
)
UNSIGNED = (health.routes,)
