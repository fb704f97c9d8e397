"""What a SQLSTATE means to us.

Source: PostgreSQL documentation, appendix "Error Codes".
"""

from collections.abc import Mapping

import psycopg2

from runtime_app.errors import Forbidden, RuntimeFault, Unavailable

#: The statement may be tried again as it is: the database undid it whole.
TRANSIENT = frozenset({"40001", "40P01", "55P03"})
#: Codes and classes of codes of a server that cannot serve right now: the connection, resources,
#: operator action, and a server that takes no writes because it was demoted.
ABSENT = frozenset({"08", "53", "57", "25006"})

#: Constraints that say something to the caller; every other violation is a defect of ours.
CONSTRAINTS: Mapping[str, tuple[type[RuntimeFault], str]] = {
    "runs_thread_owner": (Forbidden, "the thread belongs to another principal"),
}


def translate(error: psycopg2.Error) -> RuntimeFault | None:
    """Our error for a database error, or None when it is a defect of ours (let it rise).

    A statement that ran into its time limit (57014) and a lock that was not granted (55P03) count
    as unavailable too: the caller may come again.
    """
    broken = CONSTRAINTS.get(error.diag.constraint_name or "")
    if broken is not None:
        fault, message = broken
        return fault(message)
    state: str | None = error.pgcode
    lost = state is None and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    unable = state is not None and not {state, state[:2]}.isdisjoint(TRANSIENT | ABSENT)
    if lost or unable:
        return Unavailable("the database cannot serve this now; try again", retry_after_s=1)
    return None


def sqlstate_class(error: psycopg2.Error) -> str:
    """The first two characters of its SQLSTATE; `none` where the server did not get to say one."""
    state: str | None = error.pgcode
    return "none" if state is None else state[:2]


def certainly_undone(error: BaseException) -> bool:
    """Whether the statement behind `error` (ours or the driver's) surely has left nothing.

    A lost connection says nothing about the commit that was under way; a SQLSTATE of the server's
    own, outside its shutdown, does.
    """
    cause = error if isinstance(error, psycopg2.Error) else error.__cause__
    state = cause.pgcode if isinstance(cause, psycopg2.Error) else None
    return state is not None and state[:2] not in ("08", "57")
