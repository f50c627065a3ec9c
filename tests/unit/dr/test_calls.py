"""What each step of each plan calls on AWS, and what the plan, and with it the runbook and the operator's role, says of it."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dr import actions, plan, recovery
from dr.failback import Failback
from dr.failover import Operator, Options
from dr.journal import Journal
from dr.plan import Plan
from dr.running import Work
from headwater import names, registry
from headwater.instants import from_us
from headwater.online import watermark
from headwater.online.memory import MemoryStore
from headwater.registry import Registry
from headwater.stream import pointer
from headwater.stream.pointer import Pointer
from tests.aws_calls import AwsCalls, Call
from tests.aws_regions import AWAY, HOME, pair
from tests.elasticache import ElastiCache
from tests.global_table import GlobalTable
from tests.headroom import Answers
from tests.mappings import Mappings

ROOT = Path(__file__).parents[3]
CONFIGURATIONS = {
    actions.GLOBAL: {},
    actions.APART: {"cache_group_name": ""},
    "": {"cache_group_name": "", "redis_url": ""},
}
"""Which caches there are: one of both regions, one of each, none."""

NAMED_OTHERWISE = {"s3:ListObjectsV2": "s3:ListBucket", "s3:ListObjectVersions": "s3:ListBucketVersions"}


@pytest.fixture(scope="module")
def definitions() -> Registry:
    return registry.load(ROOT / "features" / "registry.json")


class _World:
    """Both regions, one table for both as in a global table without a lag, and an event on home's stream."""

    def __init__(self, folder: Path, definitions: Registry, outputs: Mapping[str, str]) -> None:
        self.elasticache = ElastiCache({region: f"headwater-prod-{region}-cache" for region in (HOME, AWAY)})
        self.elasticache.join("old", HOME, AWAY)
        self.mappings = Mappings()
        self.table = GlobalTable()
        answers = (
            self.table.answers()
            | Answers().functions()
            | self.elasticache.answers()
            | self.mappings.answers()
        )
        self.calls = AwsCalls(
            answers
            | {
                "firehose:PutRecordBatch": _delivered,
                "lambda:UpdateFunctionCode": lambda *_asked: {"CodeSha256": "x"},
            }
        )
        self.home, self.away = pair(self.calls, **outputs)
        shared = MemoryStore()
        self.folder = folder
        self.registry = definitions
        for region in (self.home, self.away):
            region.__dict__["cache"] = shared if outputs == CONFIGURATIONS[actions.GLOBAL] else MemoryStore()
            s3 = boto3.client("s3", region_name="us-east-1")
            s3.create_bucket(Bucket=region.outputs.bucket_name)
            s3.put_bucket_versioning(
                Bucket=region.outputs.bucket_name, VersioningConfiguration={"Status": "Enabled"}
            )
            kinesis = boto3.client("kinesis", region_name=region.name)
            kinesis.create_stream(StreamName=region.outputs.event_stream_name, ShardCount=1)
        self.ship()
        assert pointer.move(self.home.table, "prod", Pointer(1, HOME, True, 0))
        self.applied(self.home, 1)
        self.mappings.add(
            boto3.client("kinesis", region_name=HOME).describe_stream_summary(
                StreamName=self.home.outputs.event_stream_name
            )["StreamDescriptionSummary"]["StreamARN"]
        )

    def put(self, event_id: str) -> bytes:
        """Put an event on home's stream."""
        envelope = {
            "source": "departures",
            "event_id": event_id,
            "event_time": from_us(time.time_ns() // 1000).isoformat(),
            "data": {"origin": "JFK", "carrier": "AA", "tailnum": "N1", "dep_delay": 1.0, "cancelled": False},
        }
        data = json.dumps(envelope).encode()
        boto3.client("kinesis", region_name=HOME).put_record(
            StreamName=self.home.outputs.event_stream_name, Data=data, PartitionKey="JFK"
        )
        return data

    def ship(self) -> None:
        """Put an event on home's stream, and let its producer ship it to the other region."""
        data = self.put("first")
        self.away.bucket.put(f"{names.landing_prefix()}copied", b"")
        [record] = self.home.stream.records()
        shipped = {
            "shard": record.shard,
            "sequence": record.token,
            "at_us": record.arrival_us,
            "record": base64.b64encode(data).decode(),
        }
        self.away.bucket.put(recovery.shipment_key("epoch-000002", "till", 1), json.dumps(shipped).encode())

    def applied(self, region: Any, more: int) -> None:
        """Let both stores of a region say that its stream is applied so far and further."""
        ends = [record.sequence for record in region.stream.records()]
        shard = names.stream_shard(region.name, "shardId-000000000000")
        for store in region.stores:
            watermark.advance(store, "prod", time.time_ns() // 1000, {shard: max(ends, default=0) + more})

    def operator(self, run: str, *, back: bool = False) -> Operator:
        """An operator that leaves home, or goes back to it."""
        options = Options(well_until_s=time.time(), deleting=self.home.outputs.cache_group_name)
        ways = (self.away, self.home) if back else (self.home, self.away)
        return Operator(*ways, Journal(self.folder / "journal.jsonl", run), self.registry, options)

    def called(self, one: Plan, work: Mapping[str, Work]) -> dict[str, set[Call]]:
        """Calls of each step of a plan that is run through."""
        found = {}
        for number, step in enumerate(one.steps):
            self.calls.made.clear()
            work[step.name]()
            found[step.name] = set(self.calls.made)
            self.applied(self.away, number + 2)
        return found


def _delivered(_region: str, asked: dict[str, Any]) -> dict[str, Any]:
    return {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"} for _ in asked["Records"]]}


@pytest.fixture(params=list(CONFIGURATIONS), ids=["Global Datastore", "apart", "none"])
def caches(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(
    caches: str, tmp_path: Path, definitions: Registry, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_World]:
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.001)))
    with mock_aws():
        yield _World(tmp_path, definitions, CONFIGURATIONS[caches])


def _compare(
    one: Plan, called: Mapping[str, set[Call]], caches: str, new: Mapping[str, set[str]] | None = None
) -> None:
    """Compare; `new`: by step what it finds that is new."""
    where = {HOME: "lost region", AWAY: "surviving region"}
    always = {"", actions.ANSWERS, actions.SHARDS, caches}
    for step in one.steps:
        said = {(action.api, action.where, action.when) for action in step.actions if ":" in action.api}
        made = {
            (NAMED_OTHERWISE.get(call.operation, call.operation), where[call.region])
            for call in called[step.name]
        }
        expected = {
            (api, place) for api, place, when in said if when in always | (new or {}).get(step.name, set())
        }
        possible = {
            (api, place)
            for api, place, when in said
            if when not in {actions.GLOBAL, actions.APART} - {caches}
        }
        assert (step.name, sorted(made - possible)) == (step.name, [])
        assert (step.name, sorted(expected - made)) == (step.name, [])


def test_a_failover_calls_what_its_plan_says(world: _World, caches: str) -> None:
    called = world.called(plan.FAILOVER, world.operator("one").failover())
    _compare(plan.FAILOVER, called, caches, {"recover": {actions.NEW, actions.NEW_PAGE}})


def test_a_switch_calls_what_its_plan_says(world: _World, caches: str) -> None:
    _compare(plan.SWITCH, world.called(plan.SWITCH, world.operator("one").switch()), caches)


def test_a_switch_that_is_given_up_calls_what_its_plan_says(world: _World, caches: str) -> None:
    operator = world.operator("one")
    operator.switch()["hold"]()
    _compare(plan.RELEASE, world.called(plan.RELEASE, operator.release()), caches)


def test_the_way_back_calls_what_its_plan_says(world: _World, caches: str) -> None:
    there = world.operator("one")
    world.called(plan.FAILOVER, there.failover())
    back = Failback(there, Journal(world.folder / "journal.jsonl", "one-back"), stream_exists=True)
    work = {**back.work(), "switch back": lambda: {"region": there.moves.current().region}}
    world.put("second")
    [*_, key] = world.table.items
    world.table.differing[HOME] = {key: {"k": {"S": key}, "v": {"B": b"late"}, "r": {"N": "9"}}}
    called = world.called(plan.FAILBACK, work)
    _compare(plan.FAILBACK, called, caches, {"last round": {actions.NEW, actions.KNOWN_PAGE}})


def test_a_rollback_calls_what_its_plan_says(world: _World, caches: str) -> None:
    work = world.operator("one").rollback(b"zip")
    _compare(plan.ROLLBACK, world.called(plan.ROLLBACK, work), caches)
