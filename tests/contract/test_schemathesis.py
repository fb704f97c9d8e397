"""Requests that the OpenAPI document allows, and such as it forbids, against the live service.

Whatever comes, there is no 5xx, and the answer is one that the document foresees. What it allows is
understood; what it forbids is refused.
"""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.contract.signer import Signer
from tests.support import contract
from tests.support.api import PREFIX, Api, fresh
from tests.web import routes

#: Tokens are the signer's business; U+0000 is refused, which the document says in words only.
CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(
            generation=GenerationConfig(with_security_parameters=False, allow_x00=False)
        )
    )
)
SCHEMA = schemathesis.openapi.from_path(contract.DOCUMENT, config=CONFIG)
OPERATIONS = [operation.ok() for operation in SCHEMA.get_all_operations()]
SIGNED = [operation for operation in OPERATIONS if operation.path.startswith(PREFIX)]
#: Those that take something which may be wrong.
ASKING = [each for each in SIGNED if each.path_parameters or each.query or each.body]

#: What the document says in words: JSON Schema has none for it.
IN_WORDS = (
    "is an integer beyond",
    "are two ways to begin",
    "and Last-Event-ID differ",
    "is ahead of the log",
    "must lie within the years",
    "there is no event before that",
    # of the models and the tools of a run
    "provider_policy does not allow the model",
    "in each entry, not",
    "stands twice",
    "is not allowed by tool_policy",
    "is not a JSON Schema",
    "is a tool of the server",
    "must not use $",
    "has a pattern that RE2 does not read",
)
#: Met by requests that are well-formed: an id that is taken, a run that has ended, an answer that
#: nothing asks for, a thread on which enough runs wait.
LAWFUL = (200, 201, 202, 409, 422, 429)

bounded = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def send(api: Api, case: Case) -> requests.Response:
    """Send it signed; a stream is not waited for, nor is a tool."""
    for patience in ("tail_ms", "wait_ms"):
        if patience in case.operation.query:
            case.query = {**(case.query or {}), patience: 1}
    sent: dict[str, Any] = case.as_transport_kwargs(base_url=api.base_url)
    auth = Signer(api) if case.operation in SIGNED else None
    response = requests.request(**sent, auth=auth, timeout=20)
    assert response.status_code < 500, response.text
    contract.conforms(response)
    return response


def name(case: Case, run_id: str, thread_id: str) -> None:
    """Let the request be about this run; one that starts a run, about a new one."""
    names = {"run_id": run_id, "thread_id": thread_id}
    path = {each: names[each] for each in case.path_parameters or {}}
    case.path_parameters = path
    if "thread_id" in case.operation.query:
        case.query = {**(case.query or {}), "thread_id": thread_id}
    if isinstance(case.body, dict):
        body = case.body.get("run", case.body)
        if "thread_id" in body:
            body["thread_id"] = thread_id if path else fresh("t")
        if "run_id" in body and not path:
            body["run_id"] = fresh()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_what_the_document_allows_is_understood(api: Api, operation: Any) -> None:
    names = routes.start(api)

    @bounded
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def understood(case: Case) -> None:
        name(case, *names)
        response = send(api, case)
        if response.status_code == 400:
            message = response.json()["error"]["message"]
            assert any(words in message for words in IN_WORDS), (message, response.request.body)
        else:
            assert response.status_code in LAWFUL, response.text

    understood()


@pytest.mark.parametrize("operation", ASKING, ids=lambda each: each.label)
def test_what_the_document_forbids_is_refused(api: Api, operation: Any) -> None:
    @bounded
    @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def refused(case: Case) -> None:
        case.validate_response(send(api, case), checks=[negative_data_rejection])

    refused()
