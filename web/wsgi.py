"""gunicorn's entry: `web.wsgi:app`, imported after fork."""

import os

from runtime_app.bootstrap import observers
from runtime_app.bootstrap.sanitizer import sanitizer_of
from runtime_app.bootstrap.web import WebRuntime
from runtime_app.config import Config
from runtime_app.observability import logs
from web import measures
from web.app import create_app

_config = Config.from_env(os.environ)
logs.configure(
    _config.log_level, _config.role, _config.defaults.code_version, sanitizer_of(_config)
)
_runtime = WebRuntime.build(_config)
app = create_app(_runtime)
observers.begin(
    _config,
    {"routes": measures.routes_of(app)},
    process=str(os.getpid()),
    gauges=_runtime.gauges,
)
_runtime.start()
