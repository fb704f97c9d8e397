# ruff: noqa: E402 - the patches must come before every other import
"""The least that can take a run from a request to its last token; what `lifecycle` compares with.

For each request: a row, then four commits that notify, with the events that a run of ours has, and
50 pieces of text as server-sent events. Nobody is asked who he is, nothing is folded, no other
process takes part, and no event can be told from a forged one.
"""

from gevent import monkey

monkey.patch_all()

import json
import sys

import psycopg2
from gevent.queue import SimpleQueue
from gevent.server import StreamServer
from psycogreen.gevent import patch_psycopg

CONNECTIONS = 16
PIECES = 50
#: Events of each commit: the beginning, the turn, the first words, the rest and the end.
COMMITS = (2, 4, 2, 5)
PAYLOAD = json.dumps({"part_id": "p1.1.1", "text": "word " * 30})
TABLES = """
create table if not exists bench_runs (run_id bigserial primary key, ended boolean default false);
create table if not exists bench_events (run_id bigint, seq int, payload text,
  primary key (run_id, seq));
grant all on bench_runs, bench_events to public;
grant all on sequence bench_runs_run_id_seq to public
"""


def main(url: str) -> None:
    """Serve on a free port until killed; prints the port."""
    patch_psycopg()
    pool: SimpleQueue = SimpleQueue()
    for _ in range(CONNECTIONS):
        connection = psycopg2.connect(url)
        connection.autocommit = True
        pool.put(connection)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)

    def serve(client, _address) -> None:
        while data := client.recv(65_536):
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += client.recv(65_536)
            client.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
            database = pool.get()
            try:
                _run(database, client)
            finally:
                pool.put(database)

    server = StreamServer(("127.0.0.1", 0), serve)
    server.start()
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()


def _run(database, client) -> None:
    with database.cursor() as cursor:
        cursor.execute("insert into bench_runs default values returning run_id")
        run_id = cursor.fetchone()[0]
        seq = 0
        for events in COMMITS:
            cursor.execute(
                "insert into bench_events select %s, %s + n, %s from generate_series(1, %s) n;"
                " notify bench_events, %s",
                (run_id, seq, PAYLOAD, events, f"{run_id}:{seq}"),
            )
            seq += events
        cursor.execute("update bench_runs set ended = true where run_id = %s", (run_id,))
    for number in range(PIECES):
        _send(client, f'id: {number}\ndata: {{"type":"text-delta","delta":"{number}...... "}}\n\n')
    _send(client, "data: [DONE]\n\n")
    client.sendall(b"0\r\n\r\n")


def _send(client, text: str) -> None:
    data = text.encode()
    client.sendall(b"%x\r\n%s\r\n" % (len(data), data))


if __name__ == "__main__":
    main(sys.stdin.readline().strip())
