"""One file per resource."""

from web.blueprints import frames, health, ops, runs, stream, threads, tool_calls

BLUEPRINTS = (
    runs.routes,
    frames.routes,
    stream.routes,
    tool_calls.routes,
    threads.routes,
    ops.routes,
)
UNSIGNED = (health.routes,)
