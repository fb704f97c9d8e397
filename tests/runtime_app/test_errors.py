"""The tree of errors."""

import re

import pytest

from runtime_app import errors
from runtime_app.errors import Detail, InvalidRequest, Refused, RuntimeFault, Throttled


def classes(root: type[RuntimeFault]) -> list[type[RuntimeFault]]:
    found = [root]
    for child in root.__subclasses__():
        found += classes(child)
    return found


def ours() -> list[type[RuntimeFault]]:
    return [each for each in classes(RuntimeFault) if each.__module__ == errors.__name__]


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes():
    drawn = re.findall(r"── (\w+)", errors.__doc__ or "")
    assert sorted(["RuntimeFault", *drawn]) == sorted(each.__name__ for each in ours())


def test_the_status_in_the_docstring_is_the_status_of_the_class():
    statuses = dict(re.findall(r"── (\w+) .* (\d{3})$", errors.__doc__ or "", re.MULTILINE))
    assert len(statuses) == 9
    for name, status in statuses.items():
        assert getattr(errors, name).status_hint == int(status)


@pytest.mark.parametrize("fault", ours(), ids=lambda fault: fault.__name__)
def test_a_class_has_a_code_and_a_status_that_fit(fault):
    assert re.fullmatch(r"[a-z_]+", fault.code)
    assert 400 <= fault.status_hint <= 599
    if issubclass(fault, Refused) and fault is not Refused:
        assert fault.status_hint < 500


def test_a_status_has_one_code():
    by_status: dict[int, set[str]] = {}
    for fault in ours():
        by_status.setdefault(fault.status_hint, set()).add(fault.code)
    assert all(len(codes) == 1 for codes in by_status.values()), by_status


def test_only_what_may_succeed_later_is_retryable():
    assert {fault.__name__ for fault in ours() if fault.retryable} == {
        "Throttled",
        "Unavailable",
        "HeadMoved",
        "SlotsTaken",
        "FramesHurried",
    }


def test_a_bad_field_is_named_in_the_message_and_in_the_details():
    fault = InvalidRequest.field("payload.text", "must be text")
    assert str(fault) == fault.message == "payload.text must be text"
    assert fault.details == (Detail("payload.text", "must be text"),)


def test_a_fault_carries_when_to_come_back():
    assert Throttled("slow down", retry_after_s=3).retry_after_s == 3
    assert Throttled("slow down").retry_after_s is None
