"""What only readers needed goes by itself once its time is over: a real beat, a real worker."""

from typing import Any

from tests.support.api import Api, fresh
from tests.support.postgres import session
from tests.support.stack import eventually

DAY_S = 86_400


def test_a_run_that_ended_a_month_ago_is_pruned_and_one_that_ended_now_is_not(
    api: Api, stack_state: dict[str, Any]
) -> None:
    old, young = [(fresh(), fresh("t")) for _ in range(2)]
    for run in (old, young):
        list(api.run_and_stream(*run, "good morning", model="scripted/tokens?n=20"))
    said = {event["seq"] for event in api.events(*old) if event["type"] == "text.delta"}
    with session(stack_state["owner_database_url"]) as owner:
        owner.run(
            "update runtime.runs set terminal_at = now() - make_interval(secs => %(age_s)s)"
            " where run_id = %(id)s",
            id=old[0],
            age_s=31 * DAY_S,
        )

    eventually(
        lambda: (
            api.snapshot(*old)["floorSeq"] == max(said)
            and all(event["payload"] is None for event in api.events(*old) if event["seq"] in said)
        ),
        within_s=120,
        what="the old run has been pruned",
    )

    assert api.get("/integrity", *old).json()["verified"] is True
    assert all(event["payload"] is not None for event in api.events(*young))
    assert api.snapshot(*young)["floorSeq"] == 0
