"""How many commits a second the server takes that notify, beside the same without."""

from bench import pgbench, stack
from bench.harness import Figure, plain

CONNECTIONS = 8
SECONDS = 5
TABLE = "create table public.ceiling (n bigint generated always as identity, text text)"
INSERT = "insert into public.ceiling (text) values ('a piece of an answer');\n"
SILENT = "select :client_id;\n"
NOTIFY = "select pg_notify('bench_ceiling', 'run-1:' || :client_id);\n"


def run() -> list[Figure]:
    """An insert, and the same insert with a notification in its transaction."""
    with stack.running() as state:
        url = state["owner_database_url"]
        pgbench.execute(url, TABLE)
        figures = {
            clients: (
                pgbench.per_s(url, f"begin;\n{INSERT}{SILENT}commit;\n", clients, SECONDS),
                pgbench.per_s(url, f"begin;\n{INSERT}{NOTIFY}commit;\n", clients, SECONDS),
            )
            for clients in (1, CONNECTIONS)
        }
    return [
        figure
        for clients, (silent, notified) in figures.items()
        for figure in (
            plain("notify_ceiling", f"commits, {clients} connections", silent, "/s"),
            plain("notify_ceiling", f"commits that notify, {clients} connections", notified, "/s"),
        )
    ]
