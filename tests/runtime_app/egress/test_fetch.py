"""Fetching from a real server: what is sent, what comes back, which way it goes."""

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.refusal import EgressRefused
from runtime_app.egress.secret import Credential, Secret
from runtime_app.observability import telemetry
from tests.support.egress import PUBLIC, Names, names, policy, watched, way_out
from tests.support.outside import Outside


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with Outside() as running:
        yield running


def url(server: Outside, path: str, host: str = "api.example.com") -> str:
    return f"https://{host}:{server.port}{path}"


def refusal(server: Outside, target: str, **fields: object) -> EgressRefused:
    with pytest.raises(EgressRefused) as caught:
        way_out(names()).fetch(target, policy(server), **fields)
    return caught.value


def test_the_connection_goes_to_the_address_and_names_the_host(server: Outside) -> None:
    resolver = names()
    with watched() as sent:
        fetched = way_out(resolver).fetch(url(server, "/mirror?q=ä#part"), policy(server))
    assert (fetched.status, fetched.url) == (200, url(server, "/mirror?q=%C3%A4"))
    assert sent.connects == [(PUBLIC, server.port)]
    assert resolver.asked == ["api.example.com"]
    assert server.server_names[-1] == "api.example.com"
    assert f'"host": "api.example.com:{server.port}"' in fetched.body.decode()


def test_nothing_is_sent_that_was_not_asked_for(server: Outside) -> None:
    way_out(names()).fetch(url(server, "/mirror"), policy(server), {"traceparent": "00-a-b-01"})
    lines = server.heads[-1].split("\r\n")
    assert lines[0] == "GET /mirror HTTP/1.1"
    sent = {line.partition(":")[0].lower() for line in lines[1:] if line}
    assert sent == {
        *("host", "connection", "accept", "accept-encoding", "user-agent", "traceparent")
    }


def test_proxies_and_other_settings_of_the_environment_are_not_followed(
    server: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with watched() as sent:
        assert way_out(names()).fetch(url(server, "/"), policy(server)).body == b"hello"
    assert sent.connects == [(PUBLIC, server.port)]


def test_a_certificate_for_another_name_is_refused_and_nothing_is_asked(server: Outside) -> None:
    before = len(server.heads)
    assert refusal(server, url(server, "/", "other.example.org")).code == "tls_failed"
    assert len(server.heads) == before


def test_an_authority_that_is_not_trusted_is_refused(server: Outside) -> None:
    with pytest.raises(EgressRefused, match="tls_failed"):
        way_out(names(), tls=None).fetch(url(server, "/"), policy(server))


def test_http_is_fetched_only_where_the_policy_says_so() -> None:
    with Outside(tls=False) as plain:
        target = f"http://api.example.com:{plain.port}/"
        assert refusal(plain, target).code == "scheme_forbidden"
        allowed = policy(plain, plain_http=True)
        assert way_out(names()).fetch(target, allowed).body == b"hello"


def test_every_allowlist_must_hold(server: Outside) -> None:
    own = policy(server).allowlists
    both = policy(server, allowlists=(*own, Allowlist.parse("www.example.com")))
    assert way_out(names()).fetch(url(server, "/", "www.example.com"), both).status == 200
    for none in (
        both,
        policy(server, allowlists=(*own, Allowlist())),
        policy(server, allowlists=()),
    ):
        with pytest.raises(EgressRefused, match="host_not_allowed"):
            way_out(names()).fetch(url(server, "/"), none)


def test_a_name_that_changes_its_mind_is_held_to_its_first_answer(server: Outside) -> None:
    resolver = Names({"api.example.com": [[PUBLIC], ["127.0.0.1"]]})
    with Outside(host="127.0.0.1", port=server.port) as inside, watched() as sent:
        assert way_out(resolver).fetch(url(server, "/"), policy(server)).status == 200
        assert resolver.asked == ["api.example.com"]
        assert sent.connects == [(PUBLIC, server.port)]
        with pytest.raises(EgressRefused, match="address_forbidden"):
            way_out(resolver).fetch(url(server, "/"), policy(server))
        assert inside.heads == []
        assert len(sent.connects) == 1


def test_a_name_that_changes_its_mind_between_redirects_is_refused(server: Outside) -> None:
    resolver = Names({"api.example.com": [[PUBLIC], ["127.0.0.1"]]})
    with pytest.raises(EgressRefused, match="address_forbidden"), watched() as sent:
        way_out(resolver).fetch(url(server, "/down?n=1"), policy(server))
    assert sent.connects == [(PUBLIC, server.port)]


def test_the_next_address_is_tried_when_one_does_not_answer(server: Outside) -> None:
    resolver = Names({"api.example.com": [["127.0.0.81", PUBLIC]]})
    networks = (ip_network("127.0.0.80/31"),)
    fetched = way_out(resolver).fetch(url(server, "/"), policy(server, networks=networks))
    assert fetched.status == 200


def test_an_address_that_does_not_answer_is_unreachable(server: Outside) -> None:
    resolver = Names({"api.example.com": [["127.0.0.81"]]})
    with pytest.raises(EgressRefused, match="unreachable") as caught:
        way_out(resolver).fetch(
            url(server, "/"), policy(server, networks=(ip_network("127.0.0.81"),))
        )
    assert "127.0.0.81" not in str(caught.value)


def test_three_redirects_are_followed_and_a_fourth_is_not(server: Outside) -> None:
    fetched = way_out(names()).fetch(url(server, "/down?n=3"), policy(server))
    assert (fetched.body, fetched.url) == (b"arrived", url(server, "/down?n=0"))
    before = len(server.heads)
    assert refusal(server, url(server, "/down?n=4")).code == "redirects_exceeded"
    assert len(server.heads) == before + 4


def test_what_comes_of_a_fetch_is_told(server: Outside) -> None:
    told: list[tuple[str, object]] = []
    telemetry.subscribe(lambda name, _value, labels: told.append((name, labels.get("outcome"))))
    way_out(names()).fetch(url(server, "/"), policy(server))
    refusal(server, "https://10.0.0.1/")
    assert told == [("egress.fetched", "answered"), ("egress.fetched", "address_forbidden")]


def test_a_redirect_without_a_place_is_an_answer(server: Outside) -> None:
    assert way_out(names()).fetch(url(server, "/nowhere"), policy(server)).status == 302


CREDENTIAL = "Bearer 0123456789abcdef"


def credential(server: Outside) -> Credential:
    origin = f"https://api.example.com:{server.port}"
    return Credential("it", origin, "Authorization", Secret(CREDENTIAL))


def test_a_credential_is_shown_to_its_origin_alone(server: Outside) -> None:
    mine = credential(server)
    way_out(names()).fetch(url(server, "/mirror"), policy(server), credential=mine)
    assert f"Authorization: {CREDENTIAL}" in server.heads[-1]
    way_out(names()).fetch(url(server, "/down?n=1"), policy(server), credential=mine)
    assert all(f"Authorization: {CREDENTIAL}" in head for head in server.heads[-2:])
    before = len(server.heads)
    for other in (url(server, "/", "www.example.com"), "https://api.example.com/"):
        refused = refusal(server, other, credential=mine)
        assert refused.code in ("credential_origin", "port_forbidden")
    assert len(server.heads) == before


def test_a_redirect_to_another_origin_is_refused_with_a_credential(server: Outside) -> None:
    there = url(server, "/mirror", "www.example.com")
    start = url(server, f"/redirect?to={there}")
    before = len(server.heads)
    refused = refusal(server, start, credential=credential(server))
    assert refused.code == "credential_origin"
    assert CREDENTIAL not in str(refused)
    assert len(server.heads) == before + 1
    fetched = way_out(names()).fetch(start, policy(server))
    assert "authorization" not in fetched.body.decode()
