"""A thread: its runs, and what it is set to."""

from typing import Any

from runtime_app.clock import rfc3339
from runtime_app.runs import store, threads
from web.api import Routes
from web.context import caller, runtime
from web.policy import PREFIX, Names, policy
from web.schemas import threads as shapes

routes = Routes("threads", __name__, url_prefix=f"{PREFIX}/threads")

MAX_RUNS = 100


@routes.get("/<thread_id>/state")
@policy(Names.THREAD_PATH)
@routes.response(200, shapes.ThreadState, description="The thread.")
def state(thread_id: str) -> Any:
    """The runs of a thread.

    The newest 100, newest first. The token names the thread and no run.
    """
    with runtime().db.reading() as tx:
        thread = threads.owned_thread(tx, thread_id, caller().principal)
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
    return {"threadId": thread_id, "onBusy": thread.on_busy, "runs": listed, "memory": None}


@routes.put("/<thread_id>/settings")
@policy(Names.THREAD_PATH)
@routes.arguments(shapes.ThreadSettings)
@routes.response(200, shapes.ThreadSet, description="Set.")
def configure(body: dict[str, Any], thread_id: str) -> Any:
    """Set what holds for a thread's runs that do not ask for something else.

    It replaces what was set before, and holds for runs that are started from now on. The token
    names the thread and no run; a thread that nobody has used is the caller's from now on.
    """
    on_busy = body.get("on_busy")
    with runtime().db.transaction() as tx:
        threads.set_on_busy(tx, thread_id, caller().principal, on_busy)
    return {"threadId": thread_id, "onBusy": on_busy}
