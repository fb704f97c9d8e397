"""A thread: its runs."""

from typing import Any

from runtime_app.clock import rfc3339
from runtime_app.errors import Forbidden, NotFound
from runtime_app.runs import store
from web.api import Routes
from web.context import caller, runtime
from web.policy import PREFIX, Names, policy
from web.schemas.runs import ThreadState

routes = Routes("threads", __name__, url_prefix=f"{PREFIX}/threads")

MAX_RUNS = 100


@routes.get("/<thread_id>/state")
@policy(Names.THREAD_PATH)
@routes.response(200, ThreadState)
def state(thread_id: str) -> Any:
    """The thread's runs, newest first, at most 100."""
    with runtime().db.reading() as tx:
        owner = store.thread_owner(tx, thread_id)
        if owner is None:
            raise NotFound(f"there is no thread {thread_id!r}")
        if owner != str(caller().principal):
            raise Forbidden("the thread belongs to another principal")
        runs = store.of_thread(tx, thread_id, MAX_RUNS)
    listed = [
        {
            "runId": run.run_id,
            "status": run.status,
            "latestSeq": run.latest_seq,
            "createdAt": rfc3339(run.created_at),
        }
        for run in runs
    ]
    return {"threadId": thread_id, "runs": listed, "memory": None}
