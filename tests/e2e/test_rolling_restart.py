"""Every role is restarted in turn while people talk; nobody notices but by a wait."""

from contextlib import closing

import psycopg2
import pytest

from runtime_app.roles import DEPLOYED
from tests.support.api import Api
from tests.support.stack import RunningStack, eventually, running_stack
from tests.support.talkers import Talkers, Turn

TALKERS = 6
#: What is aimed at is 2 s of 99 in 100 waits, where a role's successor is there before it leaves.
#: Here it comes after, and how long that takes is the machine's affair: nobody waits for much more.
LONGER_THAN_AWAY_S = 10
LOSSES = "select count(*) from runtime.run_events where event_type = 'run.executor_lost'"
ATTEMPTS = "select distinct attempt from runtime.tool_tasks"
ROLES = [role.name for role in DEPLOYED]
ONCE = ("frame.accepted", "tool.call", "tool.result", "text.ended", "run.finished")


@pytest.fixture(scope="module")
def stack():
    with running_stack(OA_LOG_LEVEL="WARNING") as running:
        yield running


def test_every_role_is_restarted_and_nobody_sees_an_error(stack: RunningStack, own_api: Api):
    def more() -> None:
        """Let the talk go on for a while."""
        enough = len(talkers.turns) + TALKERS
        eventually(lambda: len(talkers.turns) >= enough, within_s=60, what="a turn of each")

    away_s = 0.0
    with Talkers(stack.state, TALKERS) as talkers:
        more()
        for role in ROLES:
            away_s = max(away_s, stack.restart(role))
            more()
    assert talkers.errors == []
    for turn in talkers.turns:
        check(turn)
    # Whoever was asked to leave has handed on what it held, and broken off nothing that it did.
    assert found(stack, LOSSES) == {0}
    assert found(stack, ATTEMPTS) == {1}
    waits_s = sorted(max(turn.waits_s) for turn in talkers.turns)
    assert waits_s[-1] <= away_s + LONGER_THAN_AWAY_S, f"{waits_s[-10:]}, away {away_s:.1f} s"
    assert sum(turn.cuts for turn in talkers.turns) >= 1, "no stream was ever cut"
    for turn in talkers.turns[:: len(talkers.turns) // 5]:
        api = own_api.as_user(turn.user_id)
        assert api.get("/integrity", turn.run_id, turn.thread_id).json()["verified"] is True


def check(turn: Turn) -> None:
    """The reader has seen every event of the run once, and what there is one of, once."""
    assert [event.event_id for event in turn.events] == [
        str(seq) for seq in range(1, len(turn.events) + 1)
    ], turn.run_id
    counts = {name: turn.types.count(name) for name in ONCE}
    assert counts == dict.fromkeys(ONCE, 1), (turn.run_id, turn.types)
    assert '"completed"' in turn.events[-1].data, turn.run_id


def found(stack: RunningStack, query: str) -> set[int]:
    """The numbers that a query finds in the stack's database."""
    with closing(psycopg2.connect(stack.state["owner_database_url"])) as owner:
        with owner.cursor() as cursor:
            cursor.execute(query)
            return {number for (number,) in cursor.fetchall()}
