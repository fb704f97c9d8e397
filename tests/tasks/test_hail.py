"""When a worker is deaf, by the rules alone."""

from tasks.hail import Hearing


def test_a_worker_is_deaf_from_its_first_unheard_hail_on():
    hearing = Hearing()
    assert hearing.deaf_s(100) == 0
    hearing.sent(100)
    hearing.sent(115)
    assert hearing.deaf_s(130) == 30


def test_one_hail_that_comes_back_is_enough():
    hearing = Hearing()
    for now_s in (100, 115, 130):
        hearing.sent(now_s)
    hearing.heard()
    assert hearing.deaf_s(131) == 0
    hearing.sent(145)
    assert hearing.deaf_s(146) == 1
