"""The login that the application's processes use: a member of `oa_app`, and nothing else.

What `oa_app` may and may not do is granted by the migrations.
"""

from contextlib import closing

import psycopg2
from psycopg2 import extensions

from runtime_app.db.sql import beside

_SQL = beside(__file__, "logins.sql")


def admit(owner_url: str, app_url: str) -> bool:
    """Let the user that `app_url` names into the database, with the password that it names.

    Args:
        owner_url: libpq URL of a role that may create roles, on a migrated database.

    Returns:
        False when both URLs name one user: everything then goes on under that one.
    Effects: a role of the server, made or given its password anew; the password itself is not sent.
    """
    wanted = extensions.parse_dsn(app_url)
    login = wanted["user"]
    if login == extensions.parse_dsn(owner_url)["user"]:
        return False
    with closing(psycopg2.connect(owner_url)) as connection, connection, connection.cursor() as cur:
        verifier = extensions.encrypt_password(
            wanted["password"], login, scope=connection, algorithm="scram-sha-256"
        )
        cur.execute(_SQL["spell_login"].text, {"login": login, "verifier": verifier})
        for (statement,) in cur.fetchall():
            cur.execute(statement)
    return True
