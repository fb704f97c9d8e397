"""Numbers and text at the edge: what JSON can carry is kept exactly, the rest is refused."""

import json

import pytest
import requests

from tests.support.api import Api, fresh
from tests.web import routes
from tests.web.envelope import fields, refused

#: JSON text that is refused, and where in it the fault stands.
REFUSED = {
    "9007199254740992": "",
    "-9007199254740992": "",
    "123456789012345678901234567890": "",
    "NaN": "",
    "Infinity": "",
    "-Infinity": "",
    "1e400": "",
    "-1e309": "",
    '"a\\u0000b"': "",
    '"\\ud800"': "",
    '"\\udc00\\ud800"': "",
    '{"k\\u0000": 1}': ".k\0",
    '{"\\ud800": 1}': ".\ud800",
    '{"k": 1, "k": 1}': ".k",
    '[0, [1, {"k": {"k": 1, "j": 2, "k": 3}}]]': ".1.1.k.k",
    '[1, "x", 1e999]': ".2",
    "[" * 40 + "]" * 40: ".0" * 31,
}

#: JSON text that is kept, and how canonical JSON spells it.
KEPT = {
    "1e21": "1e+21",
    "-0.0": "0",
    "1e-7": "1e-7",
    "1.7976931348623157e308": "1.7976931348623157e+308",
    "-1.7976931348623157E+308": "-1.7976931348623157e+308",
    "5e-324": "5e-324",
    "0.1": "0.1",
    "1e20": "100000000000000000000",
    "-9007199254740993.0": "-9007199254740992",
    "1.0": "1",
    "9007199254740991": "9007199254740991",
    "-9007199254740991": "-9007199254740991",
    "333333333.33333329": "333333333.3333333",
    '"\\ud83d\\ude00 \\u20ac \\u007f \\u2028"': '"😀 € \x7f \u2028"',
    '"\\b\\f\\n\\r\\t\\"\\\\\\/\\u001f"': '"\\b\\f\\n\\r\\t\\"\\\\/\\u001f"',
    '{"b": null, "a": true, "\\u20ac": false, "": []}': '{"":[],"a":true,"b":null,"€":false}',
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_frame_with_it_is_refused_at_its_place(api: Api, text: str) -> None:
    run = routes.start(api)
    response = post_context(api, run, "f1", f'{{"v": {text}}}')
    error = refused(response, 400, "invalid_request")
    assert fields(error) == [f"payload.v{REFUSED[text]}"]
    assert len(api.events(*run)) == 1


@pytest.mark.parametrize("text", REFUSED)
def test_a_start_with_it_is_refused_at_its_place(api: Api, text: str) -> None:
    raw = f'{{"thread_id": "t", "metadata": {{"v": {text}}}}}'.encode()
    error = refused(api.send("POST", "/runs", raw=raw, thread_id="t"), 400, "invalid_request")
    assert fields(error) == [f"metadata.v{REFUSED[text]}"]


def test_a_key_that_stands_twice_at_the_top_is_refused(api: Api) -> None:
    raw = b'{"thread_id": "t", "thread_id": "u"}'
    error = refused(api.send("POST", "/runs", raw=raw, thread_id="t"), 400, "invalid_request")
    assert fields(error) == ["thread_id"]


def test_what_is_kept_is_kept_exactly_and_verifies(api: Api) -> None:
    run = routes.start(api)
    for number, text in enumerate(KEPT):
        assert post_context(api, run, f"f{number}", f'{{"v": {text}}}').status_code == 202
    stored = [e["payload"] for e in api.events(*run) if e["type"] == "frame.accepted"]
    assert [frame["payload"]["v"] for frame in stored] == [json.loads(text) for text in KEPT]
    verdict = api.get("/integrity", *run).json()
    assert verdict["verified"] is True
    assert verdict["checkedTo"] == len(KEPT) + 1


def test_the_canonical_spelling_is_the_same_frame(api: Api) -> None:
    """But for a float that is written as an integer which nobody may send."""
    run = routes.start(api)
    for number, (text, canonical) in enumerate(KEPT.items()):
        if text in ("1e20", "-9007199254740993.0"):
            continue
        assert post_context(api, run, f"f{number}", f'{{"v": {text}}}').status_code == 202
        again = post_context(api, run, f"f{number}", f'{{"v": {canonical}}}')
        assert again.status_code == 200, text


def test_metadata_with_it_verifies_too(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    values = ", ".join(KEPT)
    raw = (
        f'{{"run_id": "{run_id}", "thread_id": "{thread_id}", "model": "scripted/echo", '
        f'"metadata": {{"v": [{values}]}}}}'
    )
    names = {"run_id": run_id, "thread_id": thread_id}
    assert api.send("POST", "/runs", raw=raw.encode(), **names).status_code == 201
    assert api.send("POST", "/runs", raw=raw.encode(), **names).status_code == 200
    assert api.get("/integrity", run_id, thread_id).json()["verified"] is True


def test_a_run_over_such_context_is_answered(api: Api) -> None:
    run = routes.start(api)
    context = f'{{"v": [{", ".join(KEPT)}]}}'
    assert post_context(api, run, "f1", context).status_code == 202
    assert api.frame(*run, "f2", "hello").status_code == 202
    assert list(api.stream(*run))[-1].data == "[DONE]"
    assert api.snapshot(*run)["status"] == "completed"
    assert api.get("/integrity", *run).json()["verified"] is True


def post_context(api: Api, run: tuple[str, str], frame_id: str, payload: str) -> requests.Response:
    """POST a context frame whose payload is this very text."""
    run_id, thread_id = run
    raw = (
        f'{{"thread_id": "{thread_id}", "frame_id": "{frame_id}", "type": "context", '
        f'"payload": {payload}}}'
    )
    path = f"/runs/{run_id}/frames"
    return api.send("POST", path, raw=raw.encode(), run_id=run_id, thread_id=thread_id)
