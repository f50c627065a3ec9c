"""What an operator does when a region is lost, and when somebody else was there first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr import preflight
from dr.checks import Check
from dr.errors import FailoverError
from dr.failover import Operator, Options
from dr.journal import Journal
from dr.limits import Limits
from headwater.errors import UnavailableError
from headwater.online import watermark
from headwater.online.memory import MemoryStore
from headwater.online.stores import Stored
from headwater.stream import pointer
from headwater.stream.pointer import Pointer

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
    assert preflight.lag(region, Limits(lag_s=5), 100.0).passed is passed


def test_copies_that_have_nothing_are_too_far_behind() -> None:
    assert preflight.lag(_region("us-west-2"), Limits(), 100.0).passed is False
