"""The load generator: what waits is counted from when it was due, and what fails or never began is told."""

import itertools
import time

import pytest

from benchmarks import open_loop
from benchmarks.load_side import summary
from benchmarks.open_loop import counting, offer


def test_waiting_for_a_slow_answer_is_part_of_the_latency() -> None:
    found = offer(lambda _number: time.sleep(0.02), rate=100, seconds=0.5, threads=1)
    assert len(found.latencies_us) == 50
    # Each answer takes twice as long as there is until the next is due: the last has waited for all before it.
    assert found.latencies_us[-1] > 400_000
    assert found.seconds > 0.9


def test_threads_share_the_load() -> None:
    found = offer(lambda _number: time.sleep(0.02), rate=100, seconds=0.5, threads=8)
    assert sorted(found.latencies_us)[25] < 100_000
    assert (found.never_began, found.failures) == (0, [])


def test_what_can_never_begin_is_counted_as_long_as_it_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_loop, "GRACE_S", 0.05)
    found = offer(lambda _number: time.sleep(0.02), rate=1_000, seconds=0.2, threads=1)
    assert found.never_began > 150
    one = summary("ours", found._asdict())
    assert one["answered_per_s"] < 60
    assert one["p99_us"] > 50_000
    assert one["never_began"] == found.never_began


def test_failures_are_counted_and_not_as_answers() -> None:
    def fail(number: int) -> None:
        if number % 2:
            raise ConnectionError("cut")

    found = offer(fail, rate=200, seconds=0.2, threads=2)
    one = summary("ours", found._asdict())
    assert one["failed"] == 20
    assert one["first_failure"] == "ConnectionError: cut"
    assert one["answered_per_s"] == pytest.approx(20 / found.seconds)


@pytest.mark.parametrize(("us", "steps"), [(200, 400), (2_000, 4_000), (0.1, 1)])
def test_counting_goes_as_far_as_in_the_quickest_of_many_tries(us: float, steps: int) -> None:
    """2,000 steps take a millisecond once, and longer whenever others are on the machine."""
    took_s = itertools.chain([0.0, 0.003, 0.001], itertools.repeat(0.002))
    instants = itertools.accumulate(took_s)
    assert counting(us, lambda: next(instants))(0) == 1 + steps
