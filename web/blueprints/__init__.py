"""One file per resource."""

from web.blueprints import frames, health, ops, runs, stream, threads

BLUEPRINTS = (runs.routes, frames.routes, stream.routes, threads.routes, ops.routes)
UNSIGNED = (health.routes,)
