"""What the end of an `http.get` says of the origin that was asked."""

from collections.abc import Mapping
from typing import Any

from runtime_app.egress.destination import read_url
from runtime_app.egress.refusal import EgressRefused
from runtime_app.providers.outcome import Outcome
from runtime_app.tools.outside import Outside, Told

#: Refusals that are the origin's; all others are rules of ours.
_FAULTS: Mapping[str, Outcome] = {
    "name_unresolved": Outcome.UNREACHABLE,
    "unreachable": Outcome.UNREACHABLE,
    "tls_failed": Outcome.UNREACHABLE,
    "timed_out": Outcome.TIMEOUT,
    "protocol_error": Outcome.PROVIDER_FAULT,
}


def host(arguments: Mapping[str, Any]) -> str:
    """The host that a call asks first; empty where its URL is none."""
    try:
        return read_url(str(arguments.get("url", ""))).host
    except EgressRefused:
        return ""


def answered(arguments: Mapping[str, Any], output: Any) -> Told:
    """By the status; an origin that led to another one has answered well."""
    if host({"url": output["url"]}) != host(arguments):
        return Told(Outcome.SUCCESS)
    status, headers = int(output["status"]), output["headers"]
    asked = str(headers.get("retry-after", ""))
    wait_s = float(asked) if asked.isascii() and asked.isdecimal() else None
    if status == 429 or (status == 503 and wait_s is not None):
        return Told(Outcome.THROTTLED, wait_s)
    if status >= 500:
        return Told(Outcome.PROVIDER_FAULT)
    return Told(Outcome.CALLER_FAULT if status >= 400 else Outcome.SUCCESS)


def refused(words: str) -> Told:
    """By the code that they begin with."""
    return Told(_FAULTS.get(words.partition(":")[0], Outcome.BLOCKED))


FETCHED = Outside(host, answered, refused)
