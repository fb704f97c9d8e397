"""A message with more in it than the sanitizer looks at: not kept, and still answered."""

from tests.support.api import Api, fresh, text_of


def test_it_is_replaced_as_a_whole_and_the_run_goes_on(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    started = api.start(run_id, thread_id, mode="session", model="scripted/echo")
    assert started.status_code == 201
    payload = {"text": "hello", "rows": [0] * 21_000}
    assert api.frame(run_id, thread_id, "f1", payload=payload).status_code == 202
    assert api.frame(run_id, thread_id, "f1", payload=payload).status_code == 200
    assert api.frame(run_id, thread_id, "f2", type="complete", payload={}).status_code == 202

    assert text_of(api.stream(run_id, thread_id)).startswith("[oversize:")
    assert api.snapshot(run_id, thread_id)["terminal"]["status"] == "completed"
