import threading

import pytest

from runtime_app.providers.inbox import Inbox, InboxClosedError


def in_thread(call):
    results = []

    def run():
        try:
            results.append(call())
        except InboxClosedError as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def test_items_come_out_in_the_order_they_went_in():
    inbox = Inbox(8)
    for item in (1, 2, 3):
        assert inbox.put(item)
    assert [inbox.take(1.0) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("timeout_s", [0.01, 0.0, -1.0])
def test_an_empty_inbox_gives_none_in_time(timeout_s):
    assert Inbox(8).take(timeout_s) is None


def test_what_waits_is_given_even_when_there_is_no_time_left():
    inbox = Inbox(8)
    inbox.put("here")
    assert inbox.take(-1.0) == "here"


def test_a_full_inbox_holds_the_writer_back_until_there_is_room():
    inbox = Inbox(1)
    inbox.put(1)
    writer, results = in_thread(lambda: inbox.put(2))
    writer.join(0.05)
    assert writer.is_alive()
    assert inbox.take(1.0) == 1
    writer.join(1.0)
    assert results == [True]
    assert inbox.take(1.0) == 2


def test_close_wakes_a_blocked_writer_with_false():
    inbox = Inbox(1)
    inbox.put(1)
    writer, results = in_thread(lambda: inbox.put(2))
    inbox.close()
    writer.join(1.0)
    assert results == [False]


def test_close_wakes_a_blocked_reader_with_an_error():
    inbox = Inbox(1)
    reader, results = in_thread(lambda: inbox.take(60.0))
    inbox.close()
    reader.join(1.0)
    assert isinstance(results[0], InboxClosedError)


def test_close_drops_what_waits_and_may_be_repeated():
    inbox = Inbox(4)
    inbox.require_open()
    inbox.put(1)
    inbox.close()
    inbox.close()
    assert inbox.put(2) is False
    with pytest.raises(InboxClosedError):
        inbox.take(1.0)
    with pytest.raises(InboxClosedError):
        inbox.require_open()
