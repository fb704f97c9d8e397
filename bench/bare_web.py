"""The web tier without its checks: the same server, routes and work, and nobody asks who calls.

What `bench.auth` compares with; gunicorn's entry is `bench.bare_web:app`.
"""

import os

from flask import g, request

from bench.runs import OWNER
from runtime_app.bootstrap.web import WebRuntime
from runtime_app.config import Config
from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.runs import store
from runtime_app.runs.run import Run
from web import request_body
from web.app import create_app
from web.blueprints import runs
from web.context import Caller
from web.policy import PREFIX


def _let_everybody_in() -> None:
    if not request.path.startswith(PREFIX):
        return
    g.key_id, g.body = None, request_body.parse(request_body.read(262_144, 10))
    thread_id = request.args.get("thread_id") or g.body["thread_id"]
    g.caller = Caller(OWNER, (request.view_args or {}).get("run_id"), thread_id)


def _anybodys(db: Transaction | Database, run_id: str, *_: object) -> Run:
    found = store.get(db, run_id)
    assert found is not None
    return found


runtime = WebRuntime.build(Config.from_env(os.environ))
app = create_app(runtime)
checks = app.before_request_funcs[None]
[place] = [n for n, check in enumerate(checks) if check.__qualname__.endswith(".authorise")]
checks[place] = _let_everybody_in
runs.owned = _anybodys
runtime.start()
