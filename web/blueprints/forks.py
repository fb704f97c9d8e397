"""Begin a run where another one stood."""

from typing import Any

from runtime_app.errors import Conflict
from runtime_app.forks.fork import ForkRequest, fork
from runtime_app.runs.ownership import owned
from web.api import Routes, refuses
from web.context import caller, origin, runtime
from web.policy import PREFIX, Names, policy
from web.schemas import forks as shapes
from web.schemas.runs import RunStarted

routes = Routes("forks", __name__, url_prefix=f"{PREFIX}/runs")


@routes.post("/<run_id>/fork")
@policy(Names.PATH_AND_BODY)
@routes.arguments(shapes.ForkRun)
@refuses(Conflict)
@routes.response(201, RunStarted, description="Started.")
@routes.alt_response(200, schema=RunStarted, description="It was there before.")
def begin(body: dict[str, Any], run_id: str) -> Any:
    """Begin a run where another one stood after one of its events, or stands.

    It has the conversation up to there, and the parent's owner, thread, mode, caps and policies.
    A message that waited there or a turn that was open is answered anew; else the new run waits
    for a message. The same `new_run_id` with the same content again starts nothing and answers
    with the run as it is.
    """
    who, service = caller(), runtime()
    wanted = ForkRequest(
        body.get("at"), body.get("model"), body.get("new_run_id"), body.get("on_busy")
    )
    with service.db.transaction() as tx:
        owned(tx, run_id, who.thread_id, who.principal)
        started = fork(
            tx,
            run_id,
            wanted,
            service.config.defaults,
            service.clock.now(),
            origin(),
            service.config.admission,
        )
    answer = {
        "runId": started.run_id,
        "threadId": who.thread_id,
        "status": started.status,
        "latestSeq": started.latest_seq,
        "idempotentReplay": started.replayed,
    }
    return answer, 200 if started.replayed else 201
