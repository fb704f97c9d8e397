"""The open endpoints of the web port."""

import pytest
import requests

from tests.support import contract
from tests.support.api import Api
from tests.web.envelope import refused


def test_healthz_says_that_the_process_is_alive(api: Api) -> None:
    response = requests.get(f"{api.base_url}/healthz", timeout=10)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    contract.conforms(response)


def test_readyz_says_what_it_has_looked_at(api: Api) -> None:
    response = requests.get(f"{api.base_url}/readyz", timeout=10)
    assert response.status_code == 200
    looked_at = {"postgres": True, "schema": True, "listener": True}
    assert response.json() == {"status": "ok", **looked_at, "keys": [api.key.key_id]}
    contract.conforms(response)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_what_any_request_is_refused_for_is_foreseen_here_too(api: Api, path: str) -> None:
    packed = {"Content-Encoding": "gzip"}
    refused(requests.get(api.base_url + path, headers=packed, timeout=10), 400, "invalid_request")


@pytest.mark.parametrize("path", ["/livez", "/metrics", "/internal/v1/healthz"])
def test_there_is_no_other(api: Api, path: str) -> None:
    refused(requests.get(api.base_url + path, timeout=10), 404, "not_found")
