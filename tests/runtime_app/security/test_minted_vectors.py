"""What the control plane's client mints for a request holds here, for that request alone.

The PHP package reads the same file and must arrive at the same headers.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime_app.errors import Forbidden, Unauthorized
from runtime_app.security.key_ring import KeyRing, SigningKey
from runtime_app.security.principal import Principal
from runtime_app.security.tokens import Claims, RequestFacts, bind, verify

VECTORS = json.loads(
    (Path(__file__).parents[2] / "golden" / "tokens" / "minted.json").read_text(encoding="utf-8")
)
SIGNATURE = "X-OA-RUNTIME-SIGNATURE"
EACH = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])


def claims_of(vector: dict[str, Any], now_s: float) -> Claims:
    """The claims of a vector's token at that time."""
    ring = KeyRing((SigningKey(vector["key_id"], vector["secret"].encode()),))
    headers = vector["headers"]
    return verify(headers[SIGNATURE], headers["X-OA-RUNTIME-KEY-ID"], ring, now_s)


def facts_of(vector: dict[str, Any]) -> RequestFacts:
    """The request that a vector's token was minted for."""
    return RequestFacts(
        Principal(vector.get("user_id"), vector.get("guest_scope")),
        vector["run_id"],
        vector["thread_id"],
        vector["method"],
        vector["path"],
        hashlib.sha256(vector["body"].encode()).hexdigest(),
    )


@EACH
def test_it_holds_for_its_request(vector: dict[str, Any]) -> None:
    bind(claims_of(vector, vector["now"]), facts_of(vector), require_request_binding=True)


@EACH
def test_it_holds_for_no_other_request(vector: dict[str, Any]) -> None:
    claims, facts = claims_of(vector, vector["now"]), facts_of(vector)
    others = (
        replace(facts, principal=Principal(user_id=99)),
        replace(facts, run_id="another"),
        replace(facts, thread_id="another"),
        replace(facts, method="DELETE"),
        replace(facts, path=facts.path + "/"),
        replace(facts, body_sha256=hashlib.sha256(b" ").hexdigest()),
    )
    for other in others:
        with pytest.raises(Forbidden):
            bind(claims, other, require_request_binding=True)


@EACH
def test_it_ends_after_its_lifetime(vector: dict[str, Any]) -> None:
    claims_of(vector, vector["now"] + vector["lifetime_s"] - 1)
    with pytest.raises(Unauthorized, match="expired"):
        claims_of(vector, vector["now"] + vector["lifetime_s"])
