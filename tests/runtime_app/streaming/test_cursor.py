"""Where a reader begins."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.errors import Detail, InvalidRequest, StaleCursor
from runtime_app.streaming.cursor import Wanted, resolve

FLOOR, HEAD = 10, 50


def begins(**wanted: str) -> int:
    return resolve(Wanted(**wanted), floor_seq=FLOOR, latest_seq=HEAD)


@pytest.mark.parametrize(
    ("wanted", "after"),
    [
        ({}, 50),
        ({"from_": "now"}, 50),
        ({"cursor": "10"}, 10),
        ({"cursor": "50"}, 50),
        ({"cursor": "0012"}, 12),
        ({"last_event_id": "20"}, 20),
        ({"cursor": "20", "last_event_id": "20"}, 20),
        ({"tail": "0"}, 50),
        ({"tail": "3"}, 47),
        ({"tail": "40"}, 10),
        ({"tail": "41"}, 10),
        ({"tail": "9" * 18}, 10),
    ],
)
def test_a_reader_begins_where_it_asks(wanted, after):
    assert begins(**wanted) == after


@pytest.mark.parametrize("wanted", [{"tail": "3"}, {"tail": "0"}, {"from_": "now"}])
def test_a_reader_that_reconnects_with_its_first_query_misses_nothing(wanted):
    assert begins(**wanted, last_event_id="20") == 20


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"cursor": "51"}, "cursor"),
        ({"last_event_id": "51"}, "Last-Event-ID"),
        ({"cursor": "20", "last_event_id": "21"}, "cursor"),
        ({"from_": "then"}, "from"),
        ({"from_": ""}, "from"),
        ({"cursor": "20", "tail": "3"}, "tail"),
        ({"cursor": "20", "from_": "now"}, "from"),
        ({"tail": "3", "from_": "now"}, "from"),
        ({"tail": "-1"}, "tail"),
        ({"last_event_id": "x"}, "Last-Event-ID"),
        ({"tail": "3", "last_event_id": "x"}, "Last-Event-ID"),
    ],
)
def test_a_beginning_that_makes_no_sense_is_refused_by_name(wanted, field):
    with pytest.raises(InvalidRequest) as caught:
        begins(**wanted)
    assert [detail.field for detail in caught.value.details] == [field]


@pytest.mark.parametrize(
    "text", ["", " ", "-1", "+1", "1.0", "1e1", " 1", "1 ", "1_0", "٣", "²", "0x1", "9" * 19]
)
@pytest.mark.parametrize("field", ["cursor", "last_event_id", "tail"])
def test_only_plain_digits_are_a_number(text, field):
    with pytest.raises(InvalidRequest, match="must be a whole number of 0 or more"):
        begins(**{field: text})


@pytest.mark.parametrize("field", ["cursor", "last_event_id"])
def test_a_cursor_before_the_floor_is_told_where_reading_starts(field):
    with pytest.raises(StaleCursor) as caught:
        begins(**{field: "9"})
    assert caught.value.details == (Detail("floorSeq", "10"), Detail("latestSeq", "50"))


numbers = st.integers(0, 120).map(str)


@settings(deadline=None)
@given(
    st.builds(
        Wanted,
        cursor=st.none() | numbers,
        last_event_id=st.none() | numbers,
        tail=st.none() | numbers,
        from_=st.none() | st.just("now"),
    ),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_whoever_is_let_in_begins_between_floor_and_head(wanted, floor_seq, beyond):
    head = floor_seq + beyond
    try:
        after = resolve(wanted, floor_seq=floor_seq, latest_seq=head)
    except (InvalidRequest, StaleCursor):
        return
    assert floor_seq <= after <= head
    given_cursor = wanted.cursor or wanted.last_event_id
    assert given_cursor is None or after == int(given_cursor)
