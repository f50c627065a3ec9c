"""A dry run of any plan changes nothing: stores, streams, buckets, functions and journal are the same afterwards."""

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from msgspec.structs import replace
from typer.testing import CliRunner

from dr.commands import app
from dr.journal import Journal
from dr.regions import Region
from headwater.online import watermark
from headwater.stream import pointer
from headwater.stream.outbox import Outgoing
from headwater.stream.pointer import Pointer
from tests import servers

EAST, WEST = "us-east-1", "us-west-2"


class Pair:
    """Two regions with something in each of their stores."""

    def __init__(self, endpoint_url: str, redis_port: int, folder: Path) -> None:
        self.folder = folder
        self.environment = f"dry-{uuid.uuid4().hex[:8]}"
        self.redis_port = redis_port
        self.sites = [self._made(region, endpoint_url) for region in (EAST, WEST)]

    def everything(self) -> dict[str, Any]:
        """All that the regions hold, and how they are set up."""
        with redis.Redis(port=self.redis_port) as cache:
            keys = sorted(cache.scan_iter(f"{self.environment}/*"))
            held: dict[str, Any] = {
                "cache": [(key, cache.dump(key)) for key in keys],
                "role": cache.info("replication")["role"],
            }
        for site in self.sites:
            items = site.client("dynamodb").scan(TableName=site.outputs.online_table_name)["Items"]
            function = site.client("lambda").get_function(FunctionName=site.outputs.stream_function_name)
            held[site.name] = {
                "table": sorted(items, key=lambda item: str(item["k"])),
                "stream": list(site.stream.records()),
                "bucket": site.bucket.sizes(""),
                "code": function["Configuration"]["CodeSha256"],
                "concurrency": function.get("Concurrency"),
                "mappings": site.client("lambda").list_event_source_mappings()["EventSourceMappings"],
            }
        return held

    def _made(self, region: str, endpoint_url: str) -> Region:
        name = f"{self.environment}-{region}"
        outputs = replace(
            servers.outputs(name, endpoint_url),
            environment=self.environment,
            region=region,
            online_table_name=name,
            event_stream_name=name,
            stream_function_name=name,
            redis_url=f"redis://127.0.0.1:{self.redis_port}",
        )
        (self.folder / f"{region}.json").write_bytes(msgspec.json.encode(outputs))
        site = Region(outputs)
        servers.create_online_table(site.client("dynamodb"), name)
        site.client("s3").create_bucket(
            Bucket=name,
            **({} if region == EAST else {"CreateBucketConfiguration": {"LocationConstraint": region}}),
        )
        site.client("kinesis").create_stream(StreamName=name, ShardCount=1)
        site.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="handler.handle",
            Role="arn:aws:iam::000000000000:role/none",
            Code={"ZipFile": _zipped()},
        )
        assert pointer.move(site.table, self.environment, Pointer(1, EAST, True, 0))
        for store in site.stores:
            watermark.advance(store, self.environment, 1, {f"{EAST}/shard": 1})
        site.stream.put([Outgoing("a", b"{}")])
        site.bucket.put("landing/one", b"{}")
        return site


def _zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("handler.py", "def handle(event, context):\n    return {}\n")
    return content.getvalue()


@pytest.fixture
def pair(endpoint_url: str, redis_port: int, tmp_path: Path) -> Pair:
    (tmp_path / "outputs").mkdir()
    return Pair(endpoint_url, redis_port, tmp_path / "outputs")


@pytest.mark.parametrize(
    ("plan", "words", "checked"),
    [
        ("failover", [], True),
        ("switch", [], True),
        # They have no preflight: what could refuse them is asked of the step that needs it.
        ("failback", [], False),
        ("rollback", ["--code", "before.zip"], False),
    ],
    ids=["failover", "switch", "failback", "rollback"],
)
def test_a_dry_run_shows_every_step_and_changes_nothing(
    plan: str, words: list[str], *, checked: bool, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("before.zip").write_bytes(_zipped())
    journal = Journal(tmp_path / "journal.jsonl", "one")
    journal.agree(environment=pair.environment, plan="failover", left=EAST, taken=WEST)
    journal.add("point", "ended")
    before, noted = pair.everything(), journal.file.read_bytes()
    line = [plan, "--env", pair.environment, "--from", EAST, "--to", WEST, "--run", "one", "--dry-run"]
    line += ["--outputs", str(pair.folder), "--journal", str(journal.file), *words]
    result = CliRunner().invoke(app, line, catch_exceptions=False)
    assert ("replication lag at the cut" in result.output) is checked
    assert "would " in result.output
    assert pair.everything() == before
    assert journal.file.read_bytes() == noted
