"""How a region is: what it says of itself, and what it does not answer."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from dr import commands, regions, state
from headwater.errors import UnavailableError
from headwater.online import watermark
from headwater.online.memory import MemoryStore
from headwater.online.stores import Stored
from headwater.stream import pointer
from headwater.stream.pointer import Pointer
from tests.aws_calls import AwsCalls, AwsError, WatchedRegion
from tests.aws_regions import AWAY, HOME, pair
from tests.elasticache import ElastiCache
from tests.headroom import Answers


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture
def away() -> WatchedRegion:
    """The region that is no primary; its stream function is 2.5 s behind, and copies to home take 0.4 s."""
    elasticache = ElastiCache({region: f"headwater-prod-{region}-cache" for region in (HOME, AWAY)})
    elasticache.join("one", HOME, AWAY)
    answers = Answers()
    answers.measured |= {"lag0": 400.0, "age": 2_500.0}
    made = pair(AwsCalls(answers.functions() | elasticache.answers()))[1]
    made.__dict__.update(table=MemoryStore(), cache=MemoryStore())
    assert pointer.move(made.table, "prod", Pointer(4, HOME, False, 0))
    watermark.advance(made.table, "prod", time.time_ns() // 1000 - 10_000_000, {"us-east-1/s": 1})
    return made


def test_a_region_says_how_it_is(away: WatchedRegion) -> None:
    found = msgspec.to_builtins(state.of(away))
    assert found.pop("last_event_s") == pytest.approx(10, abs=2)
    assert found == {
        "region": AWAY,
        "pointer_region": HOME,
        "pointer_epoch": 4,
        "pointer_open": False,
        "stores": {"memory": True},
        "cache": "replica",
        "table": "ACTIVE",
        "replicas": {HOME: "ACTIVE"},
        "lag_ms": {HOME: 400.0},
        "backlog_s": 2.5,
        "unknown": {},
    }


class _Down(MemoryStore):
    """Answers nothing."""

    def read(self, keys: Any) -> list[Stored | None]:  # noqa: ARG002 (nothing answers)
        raise UnavailableError("lost")


def test_what_does_not_answer_is_unknown_and_says_why(away: WatchedRegion) -> None:
    away.__dict__.update(table=_Down(), cache=_Down())
    found = state.of(away)
    assert found.stores == {"memory": False}
    assert (found.pointer_epoch, "lost" in found.unknown["pointer"]) == (None, True)


def test_a_call_that_fails_leaves_the_other_answers(away: WatchedRegion) -> None:
    def refused(_region: str, _asked: dict[str, Any]) -> Any:
        raise AwsError("AccessDeniedException", 403)

    away.calls.answers["dynamodb:DescribeTable"] = refused
    found = state.of(away)
    assert (found.table, found.backlog_s) == (None, 2.5)
    assert "AccessDenied" in found.unknown["table"]


def test_a_stream_that_nobody_reads_is_not_called_read_to_its_end(away: WatchedRegion) -> None:
    away.calls.answers["cloudwatch:GetMetricData"] = lambda _region, asked: {
        "MetricDataResults": [
            {"Id": query["Id"], "Timestamps": [], "Values": []} for query in asked["MetricDataQueries"]
        ]
    }
    found = state.of(away)
    assert (found.backlog_s, "read nothing" in found.unknown["backlog_s"]) == (None, True)


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_shows_every_region(
    away: WatchedRegion, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, as_json: bool
) -> None:
    monkeypatch.setattr(regions, "load", lambda *_asked: {AWAY: away})
    words = ["status", "--env", "prod", "--outputs", str(tmp_path), *(["--json"] if as_json else [])]
    said = CliRunner().invoke(commands.app, words, catch_exceptions=False).output
    if as_json:
        assert [each["cache"] for each in json.loads(said)] == ["replica"]
    else:
        assert "epoch 4" in said
