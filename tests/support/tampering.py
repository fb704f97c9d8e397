"""Exports that somebody has tampered with: name -> content, from a whole one."""

import json
import re
from collections.abc import Iterator

from runtime_app.anchors import anchor
from runtime_app.events.hashchain import GENESIS, event_hash, payload_hash
from runtime_app.security.key_ring import SigningKey

_FIELD = re.compile(rb'"(?P<name>\w+)":(?P<value>"(?:[^"\\]|\\.)*"|[^,}]+)')
_STRANGER = SigningKey("first", b"not the secret of the key of that name")


def tampered(export: bytes) -> dict[str, bytes]:
    """Every way of tampering; none gives a file that is what it was."""
    lines = export.splitlines(keepends=True)
    cases = dict(_flipped(lines)) | dict(_moved(lines)) | dict(_forged(lines))
    return {name: content for name, content in cases.items() if content != export}


def flipped(export: bytes, at: int) -> bytes:
    """The file with the lowest bit of one byte flipped."""
    return export[:at] + bytes([export[at] ^ 1]) + export[at + 1 :]


def export_of(*events: tuple[str, str | None]) -> bytes:
    """The whole export of a run with such events: their types and payloads; no anchor."""
    stubs = [
        {"kind": "event", "seq": seq, "type": name, "version": 1, "occurredAtUs": seq, "payload": p}
        | {"payloadHash": payload_hash("{}").hex()}
        for seq, (name, p) in enumerate(events, start=1)
    ]
    linked, head = _linked("r", stubs)
    run = {"kind": "run", "format": "oa.run.v1", "runId": "r", "events": len(events)}
    return _written(run | {"head": head.hex(), "anchors": 0}, [], linked)


def _flipped(lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """A byte of every class: of each field its name, its quotes, its signs, its value."""
    export = b"".join(lines)
    begin = 0
    for number, line in enumerate(lines, 1):
        places = {"{": 0, "}": len(line) - 2, "end of line": len(line) - 1}
        for field in _FIELD.finditer(line):
            name = field["name"].decode()
            first, last = field.span("value")
            places |= {
                f"name of {name}": field.start("name"),
                f"quote of {name}": field.start(),
                f"colon of {name}": first - 1,
                f"value of {name}, first": first,
                f"value of {name}, second": min(first + 1, last - 1),
                f"value of {name}, middle": (first + last) // 2,
                f"value of {name}, last": max(last - 2, first),
                f"value of {name}, end": last - 1,
                f"after {name}": last,
            }
        for what, at in places.items():
            yield f"line {number}, {what}: flipped", flipped(export, begin + at)
        begin += len(line)


def _moved(lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    for n, line in enumerate(lines):
        yield f"line {n + 1} dropped", b"".join([*lines[:n], *lines[n + 1 :]])
        yield f"line {n + 1} doubled", b"".join([*lines[: n + 1], line, *lines[n + 1 :]])
        yield f"cut off before line {n + 1}", b"".join(lines[:n])
        yield f"cut off in line {n + 1}", b"".join(lines[:n]) + line[: len(line) // 2]
        yield (
            f"a space at the end of line {n + 1}",
            b"".join([*lines[:n], line[:-1] + b" \n", *lines[n + 1 :]]),
        )
        if n and not (b'"kind":"anchor"' in line and b'"kind":"anchor"' in lines[n - 1]):
            swapped = [*lines[: n - 1], line, lines[n - 1], *lines[n + 1 :]]
            yield f"lines {n} and {n + 1} swapped", b"".join(swapped)
    export = b"".join(lines)
    yield "a line more", export + lines[-1]
    yield "an empty line more", export + b"\n"
    yield "no end of the last line", export[:-1]
    yield "ends of lines as on Windows", export.replace(b"\n", b"\r\n")
    yield "a byte order mark", b"\xef\xbb\xbf" + export
    yield "UTF-16", export.decode().encode("utf-16")
    yield "not UTF-8", export.replace("Ü".encode(), b"\xdc")
    yield "a name twice", export.replace(b'"kind":"run"', b'"kind":"run","kind":"run"', 1)


def _forged(lines: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """What somebody does who knows the recipe and has no key."""
    read = [json.loads(line) for line in lines]
    run, events = read[0], [line for line in read if line["kind"] == "event"]
    anchors = [line for line in read if line["kind"] == "anchor"]
    other = [*events[:1], events[1] | {"payload": "{}"}, *events[2:]]
    for what, chosen in {"changed": other, "without its end": events[:-1]}.items():
        linked, head = _linked(run["runId"], chosen)
        forged = run | {"events": len(linked), "head": head.hex()}
        yield f"linked anew, {what}", _written(forged, anchors, linked)
        yield f"linked anew, {what}, no anchors", _written(forged | {"anchors": 0}, [], linked)
        signed = [_signed(run["runId"], linked[-1])]
        yield (
            f"linked anew, {what}, signed by a stranger",
            _written(forged | {"anchors": 1}, signed, linked),
        )
    yield "of another run", _written(run | {"runId": "other"}, anchors, events)
    yield "without a payload", _written(run, anchors, [events[0] | {"payload": None}, *events[1:]])
    yield "with a seq as text", _written(run, anchors, [events[0] | {"seq": "1"}, *events[1:]])
    yield "with true for 1", _written(run, anchors, [events[0] | {"seq": True}, *events[1:]])
    yield "with 1.0 for 1", _written(run, anchors, [events[0] | {"seq": 1.0}, *events[1:]])
    yield "without a hash", _written(run, anchors, [events[0] | {"eventHash": ""}, *events[1:]])
    yield "a huge number", _written(run | {"events": 10**30}, anchors, events)
    yield "fewer events than none", _written(run | {"events": -1}, anchors, events)
    yield "another format", _written(run | {"format": "oa.run.v2"}, anchors, events)
    for n, each in enumerate(anchors):
        for name, value in {
            "seq": each["seq"] - 1,
            "head": events[0]["eventHash"],
            "atUs": each["atUs"] + 1,
            "keyId": "nobody",
            "mac": "00" * 32,
            "runId": "other",
        }.items():
            changed = [*anchors[:n], each | {name: value}, *anchors[n + 1 :]]
            yield f"anchor {n + 1} with another {name}", _written(run, changed, events)


def _linked(run_id: str, events: list[dict]) -> tuple[list[dict], bytes]:  # type: ignore[type-arg]
    linked, head = [], GENESIS
    for event in events:
        text = event["payload"]
        digest = bytes.fromhex(event["payloadHash"]) if text is None else payload_hash(text)
        link = event_hash(
            run_id,
            event["seq"],
            event["type"],
            event["version"],
            event["occurredAtUs"],
            digest,
            head,
        )
        hashes = {"payloadHash": digest.hex(), "prevHash": head.hex(), "eventHash": link.hex()}
        linked.append(event | hashes)
        head = link
    return linked, head


def _signed(run_id: str, last: dict) -> dict:  # type: ignore[type-arg]
    head = bytes.fromhex(last["eventHash"])
    return {"kind": "anchor", **anchor.sign(_STRANGER, run_id, last["seq"], head, 1).facts()}


def _written(run: dict, anchors: list[dict], events: list[dict]) -> bytes:  # type: ignore[type-arg]
    return b"".join(
        json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        for line in [run, *anchors, *events]
    )
