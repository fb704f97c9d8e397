"""A small service that keeps the stream's promises, or breaks the one that it is told to.

For the tests of the kit: what finds no fault in a sound service must find each fault in one that
has it. It keeps its runs in memory; a run says a few words in a second and ends.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

WORDS = 12
_PATH = re.compile(r"/internal/v1/runs/([^/]+)/(frames|stream|events|snapshot)")


class Run:
    """One run's log."""

    def __init__(self, model: str) -> None:
        self.pause_s = 0.05 if model == "slow" or "delay_ms=40" in model else 0.0
        self.events: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        self.readers = 0
        self.ending = False
        self.one_by_one = threading.Lock()
        self.append("run.accepted", {})

    def append(self, event_type: str, payload: dict[str, Any]) -> None:
        with self.changed:
            seq = len(self.events) + 1
            event = {"seq": seq, "type": event_type, "payload": payload}
            self.events.append({**event, "eventHash": f"hash {seq}"})
            self.changed.notify_all()

    def work(self) -> None:
        for number in range(WORDS):
            threading.Event().wait(self.pause_s)
            self.append("text.delta", {"delta": f"word {number} "})
        self.append("run.finished", {"status": "completed"})

    def complete(self) -> None:
        self.ending = True
        threading.Event().wait(0.06)
        self.append("run.finished", {"status": "completed"})

    @property
    def ended(self) -> bool:
        return self.events[-1]["type"] == "run.finished"


class Service(ThreadingHTTPServer):
    """The service; `fault` is what is wrong with it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, fault: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.fault = fault
        self.runs: dict[str, Run] = {}
        self.deaf = False
        self.life = 1

    def restart(self) -> None:
        """Break off every stream, as a crash does."""
        self.life += 1
        for run in self.runs.values():
            with run.changed:
                if self.fault == "restarts with an older log":
                    del run.events[1:]
                run.changed.notify_all()

    def drop_listener(self) -> None:
        """Be deaf for a moment."""
        self.deaf = True

    def handle_error(self, *_about: object) -> None:
        """A client that hung up is what the kit does."""


class _Request(BaseHTTPRequestHandler):
    server: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/runs"):
            self.server.runs[body["run_id"]] = Run(body["model"])
            return self._answer(201, {})
        run = self._run()
        run.append("frame.accepted", {"payload": body["payload"]})
        work = {"user_message": run.work, "complete": run.complete}.get(body["type"])
        if work is not None:
            threading.Thread(target=work, daemon=True).start()
        return self._answer(202, {})

    def do_GET(self) -> None:
        run, parts = self._run(), urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/events"):
            after = int(query["after"])
            return self._answer(200, {"events": run.events[after : after + 100]})
        if parts.path.endswith("/snapshot"):
            return self._answer(200, self._snapshot(run))
        return self._stream(run, query)

    def log_message(self, *_about: object) -> None:
        """Says nothing."""

    def _run(self) -> Run:
        found = _PATH.search(self.path)
        assert found is not None
        return self.server.runs[found[1]]

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _stream(self, run: Run, query: dict[str, str]) -> None:
        begin = self._beginning(run, query)
        if begin is None:
            return self._answer(400, {})
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        together = self.server.fault == "waits for its slowest reader"
        for data in filter(None, self._blocks(run, begin, query)):
            with run.one_by_one if together else nullcontext():
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _snapshot(self, run: Run) -> dict[str, Any]:
        events = list(run.events)
        late = self.server.fault == "shows a snapshot of another moment"
        return {
            "latestSeq": len(events) - (late and not run.ended),
            "chainHead": events[-1]["eventHash"],
            "terminal": {} if events[-1]["type"] == "run.finished" else None,
        }

    def _news(self, run: Run, position: int, life: int) -> bool:
        return len(run.events) > position or self.server.life != life

    def _beginning(self, run: Run, query: dict[str, str]) -> int | None:
        head_seq, header = len(run.events), self.headers["Last-Event-ID"]
        ways = [name for name in ("cursor", "tail", "from") if name in query]
        cursor = query.get("cursor", header)
        if header not in (None, cursor) and self.server.fault != "takes either of two cursors":
            return None
        if len(ways) > 1 or query.get("from", "now") != "now":
            return None
        if "tail" in query:
            return max(0, head_seq - int(query["tail"]))
        if cursor is None:
            return head_seq
        if not cursor.isdigit() or int(cursor) > head_seq:
            return None
        if self.server.fault == "resumes one too late" and 0 < int(cursor) < head_seq:
            return int(cursor) + 1
        if self.server.fault == "resumes one too early" and int(cursor) > 0:
            return int(cursor) - 1
        if self.server.fault == "forgets what a cut reader missed" and header and not run.ended:
            return head_seq
        return int(cursor)

    def _blocks(self, run: Run, position: int, query: dict[str, str]) -> Iterator[bytes]:
        fault, native = self.server.fault, query.get("format") == "native"
        yield f": cursor {position}\n\n".encode()
        told = False
        live = not run.ended
        run.readers += 1
        number = run.readers
        forgotten = fault == "forgets who comes as a run ends" and run.ending and live
        until_s = time.monotonic() + float(query.get("tail_ms", "900000")) / 1000
        if fault == "tears its last block" and not live:
            yield b'data: {"type":'
        life = self.server.life
        while True:
            if self.server.life != life:
                raise ConnectionError("as a crash does")
            if self.server.deaf and fault == "misses what came while it was deaf":
                self.server.deaf = False
                position = len(run.events)
            with run.changed:
                events = [] if forgotten else run.events[position:]
            for event in events:
                position += 1
                if fault == "drops an event of a live stream" and live and position == 7:
                    continue
                if fault == "gives an event to all but one" and live and position == 4 + number:
                    continue
                data = _encoded(event, fault, native)
                if fault == "sends one twice" and position == 5:
                    data *= 2
                yield data
            if events and run.ended and position >= len(run.events):
                return
            if run.ended and position >= len(run.events) and not forgotten:
                if not native and fault != "forgets the end of who comes back":
                    yield f"id: {position}\ndata: [DONE]\n\n".encode()
                return
            if not told:
                told = True
                yield f": caught-up {position}\n\n".encode()
            with run.changed:
                left_s = max(0.0, until_s - time.monotonic())
                beyond = 1 << 30 if forgotten else position
                news = run.changed.wait_for(partial(self._news, run, beyond, life), left_s)
                if not news or not left_s:
                    if fault == "says the end when its time is over":
                        yield f"id: {position}\ndata: [DONE]\n\n".encode()
                    return


def _encoded(event: dict[str, Any], fault: str, native: bool) -> bytes:
    seq, event_type = event["seq"], event["type"]
    number = f"id: {seq}\n"
    if native:
        if fault == "has a hole" and seq == 4:
            return b""
        return f"{number}event: {event_type}\ndata: {json.dumps(event)}\n\n".encode()
    if event_type == "text.delta":
        part = json.dumps({"type": "text-delta", "id": "1", "delta": event["payload"]["delta"]})
        return f"{number}data: {part}\n\n".encode()
    if event_type != "run.finished":
        return b""
    first, second = 'data: {"type":"finish-step"}\n\n', 'data: {"type":"finish"}\n\n'
    if fault == "says the number before the event is whole":
        text = number + first + second
    else:
        text = first + number + second
    if fault != "forgets the end":
        text += f"{number}data: [DONE]\n\n"
    return text.encode()


FAULTS = {
    "has a hole": "every_event_comes_once_and_in_order",
    "sends one twice": "every_event_comes_once_and_in_order",
    "drops an event of a live stream": "every_event_comes_while_it_happens",
    "forgets the end": "the_end_is_said",
    "forgets the end of who comes back": "the_end_is_said",
    "tears its last block": "a_cut_at_any_byte_loses_and_doubles_nothing",
    "says the number before the event is whole": "a_cut_at_any_byte_loses_and_doubles_nothing",
    "resumes one too late": "a_cursor_is_the_last_seen",
    "resumes one too early": "a_cursor_is_the_last_seen",
    "forgets what a cut reader missed": "a_live_stream_may_be_cut_as_often_as_one_likes",
    "says the end when its time is over": "a_stream_that_has_had_its_time_is_gone_on_with",
    "takes either of two cursors": "the_other_beginnings",
    "shows a snapshot of another moment": "a_snapshot_and_what_follows_are_the_whole",
    "forgets who comes as a run ends": "whoever_attaches_while_a_run_ends_sees_it_end",
    "gives an event to all but one": "readers_with_one_cursor_see_the_same",
    "waits for its slowest reader": "a_slow_reader_loses_nothing_and_holds_nobody_up",
    "misses what came while it was deaf": "an_open_stream_survives_the_loss_of_its_listener",
    "restarts with an older log": "a_reader_outlives_the_process_that_serves_it",
}


@contextmanager
def running(fault: str = "") -> Iterator[Service]:
    """The service on a free port, with that fault or none."""
    service = Service(fault)
    thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()
