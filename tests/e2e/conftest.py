"""A stack to break: one per test module, with leases short enough to wait for."""

from collections.abc import Iterator

import pytest

from tests.support.api import Api
from tests.support.stack import RunningStack, running_stack

TTL_S = 4


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    """A stack of the module's own."""
    with running_stack(OA_LEASE_TTL_S=str(TTL_S), OA_LEASE_HEARTBEAT_S="1") as running:
        yield running


@pytest.fixture
def own_api(stack: RunningStack) -> Api:
    """A signed client of it."""
    return Api.of(stack.state)
