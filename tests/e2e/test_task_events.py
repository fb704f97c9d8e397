"""What Flower hears of tasks: all of it, in order, in few messages."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.events.event import get_exchange
from kombu import Connection, Consumer, Queue

from runtime_app.dispatch.celery import KEY_PREFIX
from tasks.task_events import EVERY_S
from tests.support.api import Api, fresh

TURNS = 12
STEP = "runs.step"
ORDER = ("task-received", "task-started", "task-succeeded")


class Listener:
    """A queue of its own for the events of the stack's workers."""

    def __init__(self, connection: Connection) -> None:
        self.messages: list[list[dict[str, Any]]] = []
        self._connection = connection
        exchange = get_exchange(connection)
        queue = Queue(fresh("listener"), exchange, "#", auto_delete=True, durable=False)
        self._consumer = Consumer(
            connection, [queue], callbacks=[self._take], accept=["json"], no_ack=True
        )
        self._consumer.consume()

    def _take(self, body: Any, _message: Any) -> None:
        batch = body if isinstance(body, list) else [body]
        self.messages.append([event for event in batch if event["type"] in ORDER])

    def wait(self, done: Any, within_s: float = 20) -> None:
        """Listen until `done()`."""
        deadline = time.monotonic() + within_s
        while not done():
            assert time.monotonic() < deadline, "not all events came"
            try:
                self._connection.drain_events(timeout=0.2)
            except TimeoutError:
                continue

    def steps(self) -> dict[str, list[dict[str, Any]]]:
        """What has been told of each step, in the order of telling."""
        told: dict[str, list[dict[str, Any]]] = {}
        for event in (event for batch in self.messages for event in batch):
            told.setdefault(event["uuid"], []).append(event)
        return {task: events for task, events in told.items() if events[0].get("name") == STEP}


@pytest.fixture
def listener(stack_state: dict[str, Any]) -> Iterator[Listener]:
    app = Celery(broker=stack_state["broker_url"], set_as_current=False)
    app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
    with app.connection_for_read() as connection:
        listening = Listener(connection)
        listening.wait(lambda: listening.messages)  # the sweeps'; now the next will be heard too
        yield listening


def test_each_task_is_told_of_whole_and_in_order_with_few_messages(
    api: Api, listener: Listener
) -> None:
    began_s = time.monotonic()
    for _ in range(TURNS):
        list(api.run_and_stream(fresh(), fresh("t"), "hello", model="scripted/tokens?n=1"))

    def ended() -> bool:
        return sum(each[-1]["type"] == ORDER[-1] for each in listener.steps().values()) >= TURNS

    listener.wait(ended)
    took_s = time.monotonic() - began_s
    whole = [each for each in listener.steps().values() if each[-1]["type"] == ORDER[-1]]
    for events in whole:
        assert tuple(event["type"] for event in events) == ORDER
        times = [event["timestamp"] for event in events]
        assert times == sorted(times)
    told = [event for events in whole for event in events]
    carriers = [batch for batch in listener.messages if any(event in told for event in batch)]
    assert len(carriers) <= took_s / EVERY_S + 2
