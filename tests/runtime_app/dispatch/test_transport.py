"""Connections to the broker make one client for a channel, and a new one when its pool is new."""

from typing import Any

import pytest
from kombu import Connection

from runtime_app.dispatch import transport
from runtime_app.dispatch.celery import keep_clients


@pytest.fixture
def channel(stack_state: dict[str, Any]):
    keep_clients()
    with Connection(stack_state["broker_url"]) as connection:
        assert isinstance(connection.default_channel, transport.Channel)
        yield connection.default_channel


def test_one_client_does_all_commands_of_a_channel(channel: transport.Channel):
    with channel.conn_or_acquire() as one, channel.conn_or_acquire() as another:
        assert one is another
        assert one.ping()


def test_after_a_disconnect_the_client_is_another(channel: transport.Channel):
    with channel.conn_or_acquire() as before:
        assert before.ping()
    channel._disconnect_pools()
    with channel.conn_or_acquire() as after:
        assert after is not before
        assert after.ping()


def test_what_is_read_from_while_it_is_waited_for_has_a_client_of_its_own(
    channel: transport.Channel,
):
    with channel.conn_or_acquire() as shared:
        assert channel.client is not shared
