"""The main job over HTTP on a running stack: a frame goes in, the answer streams out."""

from tests.support.api import Api, fresh, parts, text_of


def test_a_message_is_answered_on_the_stream(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    started = api.start(run_id, thread_id, model="scripted/echo")
    assert started.status_code == 201
    assert started.json() == {
        "runId": run_id,
        "threadId": thread_id,
        "status": "accepted",
        "latestSeq": 1,
        "idempotentReplay": False,
    }
    assert api.frame(run_id, thread_id, "f1", "good morning").status_code == 202
    events = list(api.stream(run_id, thread_id))
    assert text_of(events) == "good morning"
    assert parts(events)[0]["type"] == "start"
    assert events[-1].data == "[DONE]"
    assert parts(events)[-1]["finishReason"] == "stop"
