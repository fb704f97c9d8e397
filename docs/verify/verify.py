#!/usr/bin/env python3
"""Check an exported run: verify.py FILE [--head HEX] [--key ID:SECRET]...

Needs Python 3.11 and nothing else. `--head` is a chain head that you have noted yourself, `--key` a
key that anchors are signed with. The exit code is 0 when the log is what it was, 1 when it is not,
3 when nobody can say. The file and the recipe are described in INTEGRITY.md.
"""

import argparse
import hashlib
import hmac
import json
import sys

FIELDS = {
    "run": {"kind": str, "format": str, "runId": str, "events": int, "head": str, "anchors": int},
    "anchor": {"kind": str, "runId": str, "seq": int, "head": str, "atUs": int, "keyId": str,
               "mac": str},
    "event": {"kind": str, "seq": int, "type": str, "version": int, "occurredAtUs": int,
              "payload": (str, type(None)), "payloadHash": str, "prevHash": str, "eventHash": str},
}  # fmt: skip

# What only readers of a run needed, by kind. Nothing else may go, and of a kind the oldest first.
NOT_KEPT = {"text.delta": "delta", "reasoning.delta": "delta", "tool.progress": "progress"}


def field(value):
    raw = value if isinstance(value, bytes) else str(value).encode()
    return len(raw).to_bytes(4, "big") + raw


def preimage(*values):
    return b"".join(map(field, values))


def broken(what):
    print(f"broken: {what}")
    sys.exit(1)


def read(raw, number, kind):
    """A line as an object, if it is written exactly as an export writes one of that kind."""
    try:
        line = json.loads(raw)
        again = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        wanted = FIELDS[kind]
        as_written = (
            again.encode() + b"\n" == raw
            and line.keys() == wanted.keys()
            and line["kind"] == kind
            and all(isinstance(line[name], of) for name, of in wanted.items())
            and not any(isinstance(value, bool) for value in line.values())
            and all(abs(value) < 2**63 for value in line.values() if isinstance(value, int))
        )
    except (ValueError, AttributeError, RecursionError):
        as_written = False
    return line if as_written else broken(f"line {number} is not a line of this export")


def unhex(text):
    """The 32 bytes of a hash; what is not one is equal to none."""
    is_hash = len(text) == 64 and not set(text) - set("0123456789abcdef")
    return bytes.fromhex(text) if is_hash else b""


def check_anchor(anchor, run, keys):
    if anchor["runId"] != run["runId"]:
        broken("an anchor of another run")
    if not keys:
        return
    if anchor["keyId"] not in keys:
        print(f"cannot say: an anchor is signed by key {anchor['keyId']}, which was not given")
        sys.exit(3)
    statement = preimage("oa.anchor.v1", anchor["runId"], anchor["seq"], unhex(anchor["head"]),
                         anchor["atUs"], anchor["keyId"])  # fmt: skip
    if hmac.digest(keys[anchor["keyId"]], statement, "sha256") != unhex(anchor["mac"]):
        broken(f"the anchor of event {anchor['seq']} is not signed by key {anchor['keyId']}")


def check_event(event, run_id, seq, previous):
    """The hash of the event, if it is event `seq` and follows the one of hash `previous`."""
    if event["seq"] != seq or unhex(event["prevHash"]) != previous:
        broken(f"event {seq} is missing, or does not follow the one before")
    digest = unhex(event["payloadHash"])
    if event["payload"] is None:
        if event["type"] not in NOT_KEPT:
            broken(f"the payload of event {seq} is gone, and it is one that is kept")
    elif hashlib.sha256(event["payload"].encode()).digest() != digest:
        broken(f"the payload of event {seq} was changed")
    link = preimage("oa.event.v1", run_id, seq, event["type"], event["version"],
                    event["occurredAtUs"], digest, previous)  # fmt: skip
    if hashlib.sha256(link).digest() != unhex(event["eventHash"]):
        broken(f"event {seq} was changed")
    return unhex(event["eventHash"])


class Gone:
    """Whether payloads are gone as they go when a run is pruned."""

    def __init__(self):
        self.first = None
        self.kept = set()

    def look(self, event):
        kind = NOT_KEPT.get(event["type"])
        if event["payload"] is not None:
            self.kept.add(kind)
            return
        self.first = self.first or event["seq"]
        if kind in self.kept:
            broken(f"the payload of event {event['seq']} is gone, and an older one is not")

    def end(self, last_type):
        if self.first is not None and last_type != "run.finished":
            broken(f"the payload of event {self.first} is gone, and the run goes on")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("file")
    words.add_argument("--head")
    words.add_argument("--key", action="append", default=[])
    given = words.parse_args()
    keys = {key_id: secret.encode() for key_id, _, secret in (k.partition(":") for k in given.key)}
    with open(given.file, "rb") as file:
        run = read(file.readline(), 1, "run")
        if run["format"] != "oa.run.v1":
            broken("line 1 is not a line of this export")
        if given.head is not None and given.head != run["head"]:
            broken("the head is not the one that you have noted")
        anchors = [read(file.readline(), n + 2, "anchor") for n in range(run["anchors"])]
        for anchor in anchors:
            check_anchor(anchor, run, keys)
        previous, gone, last_type = bytes(32), Gone(), None
        for seq in range(1, run["events"] + 1):
            raw = file.readline()
            if not raw:
                broken(f"event {seq} is missing, or does not follow the one before")
            event = read(raw, seq + len(anchors) + 1, "event")
            previous = check_event(event, run["runId"], seq, previous)
            gone.look(event)
            last_type = event["type"]
            for anchor in anchors:
                if anchor["seq"] == seq and unhex(anchor["head"]) != previous:
                    broken(f"event {seq} is not what was anchored")
        if unhex(run["head"]) != previous or file.readline():
            broken(f"the log does not end with event {run['events']} and its head")
    gone.end(last_type)
    if any(not 1 <= anchor["seq"] <= run["events"] for anchor in anchors):
        broken("an anchor knows more events than the log has")
    if keys and not anchors:
        print("cannot say: there is no anchor")
        sys.exit(3)
    print(f"sound: {run['events']} events, {len(anchors)} anchors")
    if given.head is None and not keys:
        print("Nothing from outside was compared: give --head or --key.")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        print(f"cannot say: {error}")
        sys.exit(3)
