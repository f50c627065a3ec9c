"""Preflight on AWS: what is short is refused by name, and what cannot be asked is refused as well."""

from collections.abc import Callable
from typing import Any

import pytest

from dr import preflight
from dr.checks import Check
from dr.last_hour import NAME
from dr.limits import Limits
from headwater.online import watermark
from headwater.online.memory import MemoryStore
from headwater.stream import pointer
from headwater.stream.pointer import Pointer
from tests import headroom
from tests.aws_calls import Answer, AwsCalls, AwsError
from tests.aws_regions import AWAY, HOME, pair
from tests.elasticache import ElastiCache
from tests.headroom import Answers

WELL_S = 1_800_000_000.0


class _World:
    """Two regions, of which the other can take all."""

    def __init__(self) -> None:
        self.answers = Answers()
        self.elasticache = ElastiCache({region: f"headwater-prod-{region}-cache" for region in (HOME, AWAY)})
        self.calls = AwsCalls(self.answers.functions() | self.elasticache.answers())
        self.home, self.away = pair(self.calls)
        self.table = MemoryStore()
        self.away.__dict__["table"] = self.table
        assert pointer.move(self.table, "prod", Pointer(1, HOME, True, 0))
        watermark.advance(self.table, "prod", int((WELL_S - 1) * 1e6), {"us-east-1/s": 1})
        self.home.__dict__["table"] = self.table
        self.away.__dict__["cache"] = self.table

    def checks(self) -> list[Check]:
        """Every check."""
        return preflight.check(self.home, self.away, Limits(), WELL_S)

    def failed(self) -> list[str]:
        """Checks that failed."""
        return [check.name for check in self.checks() if not check.passed]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> _World:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return _World()


def test_a_region_that_can_take_all_passes_every_check(world: _World) -> None:
    assert world.failed() == []


def _set(name: str, **changed: Any) -> Callable[[_World], None]:
    def change(world: _World) -> None:
        setattr(world.answers, name, getattr(world.answers, name) | changed)

    return change


def _key(world: _World) -> None:
    world.answers.key = "PendingDeletion"


def _pointer(world: _World) -> None:
    world.away.__dict__["table"] = MemoryStore()


def _cache(world: _World) -> None:
    world.elasticache.groups[AWAY]["Status"] = "modifying"


ON_DEMAND = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        (
            _set("account", AccountLimit={"UnreservedConcurrentExecutions": 19}),
            "account's unreserved concurrency",
        ),
        (_set("reserved", ReservedConcurrentExecutions=10), "lookup function's reserved concurrency"),
        (_set("table", TableStatus="UPDATING"), "table"),
        (_set("table", Replicas=[]), "table's replica in us-east-1"),
        (
            _set("table", WarmThroughput={"WriteUnitsPerSecond": 499, "ReadUnitsPerSecond": 2_000}),
            "table's warm writes",
        ),
        (
            _set("table", WarmThroughput={"WriteUnitsPerSecond": 500, "ReadUnitsPerSecond": 1_999}),
            "table's warm reads",
        ),
        (_set("table", WarmThroughput={"ReadUnitsPerSecond": 2_000}), "table's warm writes"),
        (_set("table", OnDemandThroughput={"MaxWriteRequestUnits": 499}), "most writes of the table"),
        (
            _set(
                "table",
                BillingModeSummary={},
                ProvisionedThroughput={"WriteCapacityUnits": 499, "ReadCapacityUnits": 2_000},
            ),
            "table's provisioned writes",
        ),
        (_set("used", lag=5_001.0), "table's replication latency"),
        (_set("stream", StreamStatus="UPDATING"), "stream"),
        (_set("stream", OpenShardCount=1), "stream's shards"),
        (_set("stream", **ON_DEMAND, WarmThroughput={"CurrentMiBps": 1}), "stream's bytes in, on demand"),
        (_set("limits", ShardLimit=1), "shards that the account may have"),
        (_set("measured", waiting=1_001.0), "objects that wait to be copied"),
        (_key, "key of the data"),
        (_cache, "cache"),
        (_set("measured", databasememoryusagepercentage0=76.0), "cache memory in use"),
        (_set("measured", currconnections0=50_000.0), "connections of a cache node"),
    ],
)
def test_what_is_short_is_told_by_name(world: _World, change: Callable[[_World], None], failed: str) -> None:
    change(world)
    assert world.failed() == [failed]


def test_a_table_that_knows_no_pointer_is_told(world: _World) -> None:
    _pointer(world)
    assert "producers' pointer" in world.failed()


def test_a_region_whose_lookups_are_all_asked_by_the_library_is_left_without_force(world: _World) -> None:
    del world.answers.used["lookup"]
    del world.answers.copied["lookup"]
    assert world.failed() == []
    [found] = [check.found for check in world.checks() if check.name == NAME]
    assert "the lookup function was not invoked" in found


def test_where_no_function_has_figures_nothing_is_concluded_from_it(world: _World) -> None:
    for known in (world.answers.used, world.answers.copied):
        del known["lookup"], known["stream"]
    assert NAME in world.failed()


@pytest.mark.parametrize("name", sorted(headroom.USED.keys() - {"lookup"}))
def test_a_figure_of_home_that_nobody_has_is_no_leave_to_go_on(world: _World, name: str) -> None:
    del world.answers.used[name]
    del world.answers.copied[name]
    assert NAME in world.failed()


@pytest.mark.parametrize("name", sorted(headroom.MEASURED))
def test_a_figure_that_nobody_has_is_unknown_and_refused(world: _World, name: str) -> None:
    del world.answers.measured[name]
    assert [check.found for check in world.checks() if not check.passed] == ["unknown"]


@pytest.mark.parametrize("operation", sorted(Answers().functions()))
def test_a_call_that_is_not_permitted_is_named_and_refused(world: _World, operation: str) -> None:
    def refused(_region: str, _asked: dict[str, Any]) -> Any:
        raise AwsError("AccessDeniedException", 403)

    world.calls.answers[operation] = refused
    name = operation.partition(":")[2]
    assert any(f"not permitted to call {name}" in check.found for check in world.checks() if not check.passed)


def _lose_home(world: _World) -> None:
    """Home answers nothing, whatever is asked."""

    def without_home(answer: Answer) -> Answer:
        def lost(region: str, asked: dict[str, Any]) -> Any:
            if region == HOME:
                raise AwsError("InternalFailure", 500)
            return answer(region, asked)

        return lost

    world.calls.answers = {name: without_home(answer) for name, answer in world.calls.answers.items()}


def _last_hour(world: _World) -> Check:
    [check] = [each for each in world.checks() if each.name == NAME]
    return check


def test_a_region_that_is_lost_altogether_is_left_by_its_copied_figures(world: _World) -> None:
    _lose_home(world)
    assert world.failed() == []


def test_the_check_says_who_answered_and_how_old_that_is(world: _World) -> None:
    assert _last_hour(world).found == "us-east-1's CloudWatch, newest figure 0 s old"
    _lose_home(world)
    world.answers.copied_until_s = WELL_S - 120
    found = _last_hour(world).found
    assert found.startswith(
        "copies in us-west-2, newest figure 120 s old; us-east-1's CloudWatch: could not be"
    )
    assert "InternalFailure" in found


def test_copies_are_asked_only_where_home_does_not_have_all(world: _World) -> None:
    world.answers.copied = {}
    assert world.failed() == []
    del world.answers.used["bytes"]
    assert not _last_hour(world).passed


def test_copied_figures_are_what_the_region_is_compared_with(world: _World) -> None:
    _lose_home(world)
    world.answers.copied |= {"writes": 60 * 4_001.0, "lag": 5_001.0}
    assert world.failed() == ["table's replication latency", "table's warm writes"]


@pytest.mark.parametrize(("seconds", "passed"), [(900, True), (960, False)])
def test_copies_that_stopped_long_before_the_region_was_lost_are_refused_with_what_to_do(
    world: _World, seconds: int, *, passed: bool
) -> None:
    _lose_home(world)
    world.answers.copied_until_s = WELL_S - seconds
    check = _last_hour(world)
    assert check.passed is passed
    if not passed:
        assert "say by --well-until when us-east-1 was last well" in check.found


def test_where_nothing_was_ever_copied_a_lost_region_is_refused(world: _World) -> None:
    _lose_home(world)
    world.answers.copied = {}
    check = _last_hour(world)
    assert (check.passed, "copies in us-west-2: none" in check.found) == (False, True)


def test_a_copied_figure_that_is_missing_is_named(world: _World) -> None:
    _lose_home(world)
    del world.answers.copied["reads"]
    assert _last_hour(world).found.endswith("no figures of reads")


def test_a_region_without_a_cache_is_not_asked_for_one(world: _World) -> None:
    home, away = pair(world.calls, redis_url="", cache_group_name="")
    away.__dict__["table"] = world.table
    preflight.check(home, away, Limits(), WELL_S)
    assert not [call for call in world.calls.made if call.operation.startswith("elasticache")]
