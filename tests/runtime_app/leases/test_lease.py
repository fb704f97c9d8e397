"""The arithmetic of trusting a lease."""

import pytest

from runtime_app.leases.lease import LOSS_PAUSES_S, LeasePolicy, pause_after_s


def test_a_grant_is_trusted_from_when_its_renewal_was_sent():
    assert LeasePolicy(ttl_s=20).trusted_until(100.0) == 120.0


def test_the_default_leaves_room_for_failed_renewals():
    policy = LeasePolicy()
    assert policy.heartbeat_s * 3 < policy.ttl_s


@pytest.mark.parametrize(("losses", "pause_s"), [(1, 0), (2, 5), (3, 20), (4, 20), (100, 20)])
def test_a_run_rests_ever_longer_after_each_loss_in_a_row(losses, pause_s):
    assert pause_after_s(losses) == pause_s


def test_pauses_never_get_shorter():
    assert list(LOSS_PAUSES_S) == sorted(LOSS_PAUSES_S)
