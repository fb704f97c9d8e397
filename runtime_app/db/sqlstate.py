"""What a SQLSTATE means to us.

Source: PostgreSQL documentation, appendix "Error Codes".
"""

from collections.abc import Mapping

import psycopg2

from runtime_app.errors import Forbidden, RuntimeFault, Unavailable

#: The statement may be tried again as it is: the database undid it whole.
TRANSIENT = frozenset({"40001", "40P01", "55P03"})
#: Classes that mean the database cannot serve right now: connection, resources, operator action.
ABSENT = frozenset({"08", "53", "57"})

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
    if lost or (state is not None and (state[:2] in ABSENT or state in TRANSIENT)):
        return Unavailable("the database cannot serve this now; try again", retry_after_s=1)
    return None
