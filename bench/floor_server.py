# ruff: noqa: E402 - the patches must come before every other import
"""The least that can turn a NOTIFY into bytes on a stream; what tail_latency compares with."""

from gevent import monkey

monkey.patch_all()

import json
import sys

import psycopg2
from gevent.server import StreamServer
from gevent.socket import wait_read
from psycogreen.gevent import patch_psycopg

READ = "select occurred_at from runtime.run_events where run_id = %s and seq = %s"


def main(url: str) -> None:
    """Serve on a free port until killed; prints the port."""
    patch_psycopg()
    streams: dict[str, list] = {}

    def serve(connection, _address) -> None:
        run_id = connection.recv(4096).split(b" ")[1][1:].decode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        streams.setdefault(run_id, []).append(connection)
        connection.recv(1)

    server = StreamServer(("127.0.0.1", 0), serve)
    server.start()
    print(json.dumps({"port": server.server_port}), flush=True)
    reading = psycopg2.connect(url)
    reading.autocommit = True
    listening = psycopg2.connect(url)
    listening.autocommit = True
    listening.cursor().execute("listen run_events")
    while True:
        wait_read(listening.fileno())
        listening.poll()
        while listening.notifies:
            run_id, _, seq = listening.notifies.pop(0).payload.rpartition(":")
            if run_id not in streams:
                continue
            with reading.cursor() as cursor:
                cursor.execute(READ, (run_id, int(seq)))
                at = cursor.fetchone()[0]
            data = f'id: {seq}\ndata: {{"occurredAt":"{at.isoformat()}"}}\n\n'.encode()
            for connection in streams[run_id]:
                connection.sendall(data)


if __name__ == "__main__":
    main(sys.stdin.readline().strip())
