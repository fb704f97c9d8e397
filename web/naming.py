"""What a request names: its run and its thread, read from where its policy says they stand."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from runtime_app.errors import InvalidRequest
from web.identifiers import identifier
from web.policy import Names

Named = tuple[str | None, str | None]


def named(names: Names, body: Any) -> Named:
    """The run and the thread that the request in hand names; None for what it does not name.

    Raises:
        InvalidRequest: one is missing where it must stand, or is no identifier.
    """
    return _READERS[names](body)


def _nothing(_body: Any) -> Named:
    return None, None


def _path_and_query(_body: Any) -> Named:
    return _path_run(), identifier("thread_id", request.args.get("thread_id"))


def _path_and_body(body: Any) -> Named:
    return _path_run(), identifier("thread_id", _object(body, "body").get("thread_id"))


def _in_body(body: Any) -> Named:
    return _both(_object(body, "body"), "")


def _in_body_run(body: Any) -> Named:
    return _both(_object(_object(body, "body").get("run"), "run"), "run.")


def _in_thread_path(_body: Any) -> Named:
    return None, identifier("thread_id", (request.view_args or {}).get("thread_id"))


def _in_thread_query(_body: Any) -> Named:
    return None, identifier("thread_id", request.args.get("thread_id"))


def _in_thread_body(body: Any) -> Named:
    return None, identifier("thread_id", _object(body, "body").get("thread_id"))


_READERS: Mapping[Names, Callable[[Any], Named]] = {
    Names.NOTHING: _nothing,
    Names.PATH_AND_QUERY: _path_and_query,
    Names.PATH_AND_BODY: _path_and_body,
    Names.BODY: _in_body,
    Names.BODY_RUN: _in_body_run,
    Names.THREAD_PATH: _in_thread_path,
    Names.THREAD_QUERY: _in_thread_query,
    Names.THREAD_BODY: _in_thread_body,
}


def _both(body: Mapping[str, Any], prefix: str) -> Named:
    run_id = body.get("run_id")
    if run_id is not None:
        run_id = identifier(f"{prefix}run_id", run_id)
    return run_id, identifier(f"{prefix}thread_id", body.get("thread_id"))


def _path_run() -> str:
    return identifier("run_id", (request.view_args or {}).get("run_id"))


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequest.field(name, "must be a JSON object")
    return value
