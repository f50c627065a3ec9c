"""What an operator does when a region is lost, and when somebody else was there first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr import preflight, recovery, streams
from dr.checks import Check
from dr.errors import FailoverError
from dr.failback import Failback
from dr.failover import Operator, Options
from dr.journal import Journal
from dr.limits import Limits
from headwater.errors import UnavailableError
from headwater.online import watermark
from headwater.online.memory import MemoryStore
from headwater.online.stores import Stored
from headwater.stream import pointer
from headwater.stream.pointer import Pointer
from headwater.stream.processor import Recovered

ENVIRONMENT = "test"


class _Lost(MemoryStore):
    """Answers nothing."""

    def read(self, keys: Any) -> list[Stored | None]:  # noqa: ARG002 (nothing answers)
        raise UnavailableError("lost")


class _Lambda:
    """Knows how many executions a function may have."""

    def __init__(self, reserved: int | None) -> None:
        self.reserved = reserved

    def get_function_concurrency(self, **_asked: Any) -> dict[str, Any]:
        """Answer as Lambda does: nothing, where there is no limit."""
        return {} if self.reserved is None else {"ReservedConcurrentExecutions": self.reserved}


class _DynamoDB:
    """Describes a table."""

    def __init__(self, **described: Any) -> None:
        self.described = described

    def describe_table(self, **_asked: Any) -> dict[str, Any]:
        """Answer as told."""
        return {"Table": {"TableStatus": "ACTIVE", **self.described}}


def _region(name: str, table: MemoryStore | None = None, client: Any = None) -> Any:
    outputs = SimpleNamespace(
        environment=ENVIRONMENT, stream_function_name="stream", online_table_name="online"
    )
    return SimpleNamespace(
        name=name, outputs=outputs, table=table or MemoryStore(), client=lambda _service: client
    )


@pytest.fixture
def away() -> Any:
    region = _region("us-west-2")
    assert pointer.move(region.table, ENVIRONMENT, Pointer(1, "us-east-1", True, 0))
    return region


def _operator(away: Any, folder: Path, force: str = "") -> Operator:
    home = _region("us-east-1", _Lost())
    options = Options(well_until_s=100.0, force=force)
    return Operator(home, away, Journal(folder / "journal.jsonl", "one"), None, options)  # type: ignore[arg-type]


def test_an_operator_that_goes_on_moves_the_pointer_to_the_epoch_that_was_decided(
    away: Any, tmp_path: Path
) -> None:
    first = _operator(away, tmp_path)
    point = first.failover()["point"]
    assert point() == _operator(away, tmp_path).failover()["point"]()
    assert _operator(away, tmp_path).name() == "epoch-000002"


def test_a_store_that_does_not_answer_once_is_asked_again(away: Any, tmp_path: Path) -> None:
    asked: list[int] = []

    def done() -> bool:
        asked.append(len(asked))
        if asked == [0]:
            raise UnavailableError("no answer")
        return len(asked) > 2

    _operator(away, tmp_path).wait("something", done)
    assert asked == [0, 1, 2]


def test_what_does_not_come_is_named_with_the_reason(away: Any, tmp_path: Path) -> None:
    operator = _operator(away, tmp_path)
    operator.options = operator.options._replace(patience_s=0.0)
    with pytest.raises(FailoverError, match=r"something: not within 0 s \(lost\); see to it"):
        operator.wait("something", lambda: bool(operator.left.table.read(["a"])))


def test_a_pointer_that_somebody_else_has_moved_is_left_where_it_is(away: Any, tmp_path: Path) -> None:
    operator = _operator(away, tmp_path)
    operator.journal.add("", "decided", epoch=2)
    assert pointer.move(away.table, ENVIRONMENT, Pointer(2, "us-east-1", True, 5))
    with pytest.raises(FailoverError, match="found epoch 2 at us-east-1, wanted 2 at us-west-2"):
        operator.failover()["point"]()


def test_a_region_below_a_limit_is_refused_by_name(
    away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = [Check("replication lag at the cut", "8.0 s", "at most 5 s", False)]
    monkeypatch.setattr(preflight, "check", lambda *_asked: short)
    with pytest.raises(FailoverError, match=r"lag at the cut: found 8.0 s, expected at most 5 s; .*--force"):
        _operator(away, tmp_path).failover()["preflight"]()


def test_the_reason_to_go_on_below_a_limit_is_kept(
    away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = [Check("cache memory in use", "80%", "at most 75%", False)]
    monkeypatch.setattr(preflight, "check", lambda *_asked: short)
    detail = _operator(away, tmp_path, force="no other region").failover()["preflight"]()
    assert detail["forced because"] == "no other region"


@pytest.mark.parametrize(("reserved", "passed"), [(None, True), (1, True), (0, False)])
def test_a_function_that_may_not_run_is_no_headroom(reserved: int | None, *, passed: bool) -> None:
    region = _region("us-west-2", client=_Lambda(reserved))
    assert preflight.concurrency(region, Limits()).passed is passed


@pytest.mark.parametrize(("writes", "passed"), [(4_000, True), (99, False)])
def test_a_table_that_is_not_warm_enough_is_no_headroom(writes: int, *, passed: bool) -> None:
    region = _region("us-west-2", client=_DynamoDB(WarmThroughput={"WriteUnitsPerSecond": writes}))
    assert preflight.capacity(region, Limits())[1].passed is passed


@pytest.mark.parametrize(("arrival_s", "passed"), [(96, True), (94, False)])
def test_copies_too_far_behind_when_the_other_region_was_last_well_are_told(
    arrival_s: int, *, passed: bool
) -> None:
    region = _region("us-west-2")
    watermark.advance(region.table, ENVIRONMENT, arrival_s * 1_000_000, {"us-east-1/s": 1})
    assert preflight.lag(region.table, region, Limits(lag_s=5), 100.0).passed is passed


def test_copies_that_have_nothing_are_too_far_behind() -> None:
    region = _region("us-west-2")
    assert preflight.lag(region.table, region, Limits(), 100.0).passed is False


def test_copies_much_newer_than_the_other_region_is_said_to_have_been_well_are_told() -> None:
    """A time long ago would let any lag pass."""
    region = _region("us-west-2")
    watermark.advance(region.table, ENVIRONMENT, 1_000_000_000, {"us-east-1/s": 1})
    check = preflight.lag(region.table, region, Limits(), 600.0)
    assert (check.passed, "see --well-until" in check.expected) == (False, True)
    assert preflight.lag(region.table, region, Limits(), 800.0).passed


def _checks(home: Any, away: Any, until_s: float) -> dict[str, Check]:
    return {check.name: check for check in preflight.check(home, away, Limits(), until_s)}


def _pair(away: Any) -> Any:
    """The other region of a local pair, whose caches are stores in memory."""
    home = _region("us-east-1", away.table)
    answers = {"lambda": _Lambda(None), "dynamodb": _DynamoDB()}
    for region in (home, away):
        cache = MemoryStore()
        cache.name = "redis"
        region.outputs.redis_url = "redis://127.0.0.1:9"
        vars(region).update(
            is_local=True,
            has_cache=True,
            cache=cache,
            stores=[cache, region.table],
            client=answers.__getitem__,
        )
    return home


def test_a_cache_that_is_behind_is_told_beside_the_table(away: Any) -> None:
    home = _pair(away)
    watermark.advance(away.table, ENVIRONMENT, 99_000_000, {"us-east-1/s": 2})
    watermark.advance(away.cache, ENVIRONMENT, 90_000_000, {"us-east-1/s": 1})
    found = _checks(home, away, 100.0)
    lags = {name: check.passed for name, check in found.items() if name.startswith("replication lag")}
    assert lags == {
        "replication lag at the cut, redis": False,
        f"replication lag at the cut, {away.table.name}": True,
    }


@pytest.mark.parametrize(("region", "passed"), [("us-east-1", True), ("us-west-2", False)])
def test_producers_that_write_elsewhere_already_are_told(region: str, away: Any, *, passed: bool) -> None:
    home = _pair(away)
    assert pointer.move(away.table, ENVIRONMENT, Pointer(2, region, True, 0))
    check = _checks(home, away, 100.0)["where producers write"]
    assert (check.passed, check.found) == (passed, f"{region}, epoch 2")


def test_a_switch_in_a_quiet_environment_asks_for_what_the_other_region_has(
    away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def check(_left: object, _taken: object, _limits: Limits, until_s: float) -> list[Check]:
        asked.append(until_s)
        return []

    monkeypatch.setattr(preflight, "check", check)
    operator = _operator(away, tmp_path)
    operator.left = _region("us-east-1", away.table)
    watermark.advance(away.table, ENVIRONMENT, 7_000_000, {"us-east-1/s": 1})
    operator.switch()["preflight"]()
    operator.failover()["preflight"]()
    operator.options = operator.options._replace(well_until_s=5.0)
    operator.switch()["preflight"]()
    assert asked == [7.0, 100.0, 5.0]


@pytest.fixture
def held(away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator whose switch holds producers back."""
    monkeypatch.setattr("dr.moves.time.sleep", lambda _seconds: None)
    operator = _operator(away, tmp_path)
    assert operator.switch()["hold"]() == {"epoch": 2, "region": "us-east-1"}
    return operator


def test_a_switch_that_is_given_up_lets_producers_write_where_they_did(held: Operator) -> None:
    assert held.release()["reopen"]() == held.release()["reopen"]() == {"epoch": 3, "region": "us-east-1"}
    assert held.moves.current().open


@pytest.mark.parametrize("step", ["drain", "point"])
def test_a_switch_that_was_given_up_does_not_go_on(step: str, held: Operator) -> None:
    """Producers write again where it would no more look."""
    held.release()["reopen"]()
    with pytest.raises(FailoverError, match="start a new run"):
        held.switch()[step]()
    assert held.moves.current().region == "us-east-1"


def test_a_switch_that_has_promoted_the_cache_is_not_given_up(held: Operator) -> None:
    held.journal.add("promote cache", "started")
    with pytest.raises(FailoverError, match="run the switch again, which goes on"):
        held.release()["reopen"]()


def test_a_switch_points_producers_under_the_epoch_behind_its_hold(held: Operator) -> None:
    assert held.switch()["point"]() == {"epoch": 3, "region": "us-west-2"}


class _Fenced:
    """A stream function that notes whether it was stopped."""

    def __init__(self) -> None:
        self.stopped = False

    def stop(self) -> None:
        """Note it."""
        self.stopped = True

    def wait_until_idle(self) -> None:
        """It is."""


def _fence(
    away: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, standing: Pointer, force: str = ""
) -> Any:
    """Fence home on the way back from a failover to epoch 2, with the pointer elsewhere; return what came of it."""
    operator = _operator(away, folder, force)
    operator.journal.add("", "decided", epoch=2)
    assert pointer.move(away.table, ENVIRONMENT, standing)
    stream = _Fenced()
    monkeypatch.setattr(streams, "of", lambda _region: stream)
    work = Failback(operator, Journal(folder / "journal.jsonl", "one-back"), stream_exists=True).work()
    try:
        return work["fence"](), stream.stopped
    except FailoverError as error:
        return str(error), stream.stopped


def test_the_way_back_begins_while_producers_are_where_the_failover_moved_them(
    away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _fence(away, tmp_path, monkeypatch, Pointer(2, "us-west-2", True, 0))
    assert found == ({"function": "stream"}, True)


@pytest.mark.parametrize("force", ["", "I know"])
def test_the_way_back_of_an_old_failover_never_stops_the_region_that_producers_write_to(
    force: str, away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, stopped = _fence(away, tmp_path, monkeypatch, Pointer(4, "us-east-1", True, 0), force)
    assert not stopped
    assert "found epoch 4 at us-east-1, expected 2 at us-west-2" in said


def test_the_way_back_of_a_failover_that_was_not_the_last_wants_a_reason(
    away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = Pointer(6, "us-west-2", True, 0)
    said, stopped = _fence(away, tmp_path, monkeypatch, standing)
    assert (stopped, "name the run that did it last, or go on with --force" in said) == (False, True)
    done, stopped = _fence(away, tmp_path, monkeypatch, standing, "the switch was given up")
    assert (stopped, done["forced because"]) == (True, "the switch was given up")


def _verifying(away: Any, folder: Path) -> Operator:
    """An operator that has moved producers when the other region's stream had been applied up to 5."""
    operator = _operator(away, folder)
    operator.options = operator.options._replace(patience_s=0.0)
    operator.journal.add("", "decided", positions={"us-west-2/0": "5"})
    vars(away).update(stores=[away.table], owns=lambda shard: shard.startswith("us-west-2"))
    return operator


@pytest.mark.parametrize(
    "applied",
    [{"us-west-2/0": 5}, {"us-east-1/0": 9}],
    ids=["what was there before the move", "the lost region's"],
)
def test_what_came_before_the_move_or_elsewhere_verifies_nothing(
    applied: dict[str, int], away: Any, tmp_path: Path
) -> None:
    operator = _verifying(away, tmp_path)
    watermark.advance(away.table, ENVIRONMENT, 1, applied)
    with pytest.raises(FailoverError, match=r"an event in us-west-2, .*: not within 0 s"):
        operator.failover()["verify"]()


@pytest.mark.parametrize("shard", ["us-west-2/0", "us-west-2/1"])
def test_an_event_of_either_shard_after_the_move_verifies_the_failover(
    shard: str, away: Any, tmp_path: Path
) -> None:
    operator = _verifying(away, tmp_path)
    watermark.advance(away.table, ENVIRONMENT, 1, {shard: 6})
    assert operator.failover()["verify"]() == {"stores": [away.table.name]}


def test_every_store_has_to_count_an_event_after_the_move(away: Any, tmp_path: Path) -> None:
    operator = _verifying(away, tmp_path)
    away.stores.append(MemoryStore())
    watermark.advance(away.table, ENVIRONMENT, 1, {"us-west-2/0": 6})
    with pytest.raises(FailoverError, match="not within 0 s"):
        operator.failover()["verify"]()


@pytest.mark.parametrize(("applied", "done"), [({"s/0": 3, "s/1": 7}, True), ({"s/0": 9, "s/1": 6}, False)])
def test_a_stream_is_applied_when_each_of_its_shards_is(
    applied: dict[str, int], away: Any, tmp_path: Path, *, done: bool
) -> None:
    """After a rollback, every shard of the stream is waited for."""
    operator = _verifying(away, tmp_path)
    records = [SimpleNamespace(shard="s/0", sequence=3), SimpleNamespace(shard="s/1", sequence=7)]
    away.stream = SimpleNamespace(records=lambda: iter(records))
    watermark.advance(away.table, ENVIRONMENT, 1, applied)
    caught_up = operator.rollback(b"")["caught up"]
    if done:
        assert caught_up() == {"shards": 2}
    else:
        with pytest.raises(FailoverError, match="not within 0 s"):
            caught_up()


@pytest.mark.parametrize(("asked", "heard"), [(2, ["till-1", "till-2"]), (1, ["till-1"])])
def test_as_many_producers_are_waited_for_as_were_named(
    asked: int, heard: list[str], away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = iter([set(), {"till-1"}, {"till-1", "till-2"}, {"till-1", "till-2"}])
    known: list[set[str]] = []

    def shippers(*_asked: object) -> set[str]:
        if len(known) < asked + 1:
            known.append(next(shipped))
        return known[-1]

    monkeypatch.setattr(recovery, "shippers", shippers)
    monkeypatch.setattr(recovery, "gather", lambda *_asked: iter(()))
    monkeypatch.setattr(recovery, "recover", lambda *_asked: (0, Recovered(0, 0)))
    operator = _operator(away, tmp_path)
    operator.options = operator.options._replace(producers=asked)
    operator.journal.add("", "decided", epoch=2)
    assert operator.failover()["recover"]()["producers heard"] == heard


def test_producers_that_are_not_heard_of_hold_nothing_up(
    away: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they have is another round."""
    monkeypatch.setattr(recovery, "shippers", lambda *_asked: set())
    monkeypatch.setattr(recovery, "gather", lambda *_asked: iter(()))
    monkeypatch.setattr(recovery, "recover", lambda *_asked: (0, Recovered(0, 0)))
    operator = _operator(away, tmp_path)
    operator.options = operator.options._replace(producers=2, patience_s=0.0)
    operator.journal.add("", "decided", epoch=2)
    assert operator.failover()["recover"]()["producers heard"] == []
