"""One file per resource."""

from web.blueprints import frames, health, runs, stream, threads

BLUEPRINTS = (runs.routes, frames.routes, stream.routes, threads.routes)
UNSIGNED = (health.routes,)
