"""What lands is moved into its tables once, by whichever engine: events, and what was served."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from feature_jobs import ingest as on_one_machine
from feature_jobs import spark_ingest as on_spark
from feature_jobs.ingest import IngestReport
from feature_jobs.landing import BucketLanding
from feature_jobs.reports import RunReport
from headwater.envelope import LoggedEvent
from headwater.errors import InputError
from headwater.instants import to_us
from headwater.offline.event_log import open_glue_catalog
from headwater.offline.served_log import ServedLog
from headwater.offline.spark.served_log import SparkServedLog
from headwater.stream.sinks import archive_line
from headwater.windows import Bounds
from tests import servers
from tests.spark import USES_SPARK
from tests.spark_places import EVERYTHING, REGISTRY, START, Place

pytestmark = USES_SPARK

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


@contextmanager
def _reported(table: str) -> Iterator[RunReport]:
    yield RunReport(job="ingest", table_name=table, started_at=AT)


class Ingestion:
    """A place where things land, and an engine that moves them."""

    def __init__(self, engine: str, place: Place) -> None:
        self._engine = engine
        self._place = place
        self.bucket = place.namespace
        self.s3 = servers.client("s3", place.outputs.endpoint_url or "")
        catalog = open_glue_catalog(self.bucket, region="us-east-1", endpoint_url=place.outputs.endpoint_url)
        self.served = ServedLog(catalog, place.namespace)
        self.log = place.on_one_machine()

    def land(self, key: str, *lines: bytes) -> None:
        """Put an object where the archive would."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"".join(lines))

    def landed(self) -> list[str]:
        """What is still there."""
        found = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [item["Key"] for item in found if "landing/" in item["Key"]]

    def ingest(self) -> IngestReport:
        """Move events."""
        if self._engine == "one machine":
            return on_one_machine.ingest(REGISTRY, self.log, BucketLanding(self.s3, self.bucket))
        landing = BucketLanding(self.s3, self.bucket, copied=True)
        return on_spark.ingest(self._place.session, REGISTRY, self._place.log(), landing, _reported)

    def ingest_served(self) -> IngestReport:
        """Move what was served."""
        if self._engine == "one machine":
            self.served.ensure_table()
            return on_one_machine.ingest_served(self.served, BucketLanding(self.s3, self.bucket))
        log = SparkServedLog(self._place.session, self._place.namespace)
        log.ensure_table()
        landing = BucketLanding(self.s3, self.bucket, copied=True)
        return on_spark.ingest_served(self._place.session, log, landing, _reported)

    def sequences(self) -> list[int]:
        """What is in the log."""
        return sorted(
            int(each) for each in self.log.read("sales", ["sequence"], EVERYTHING)["sequence"].to_pylist()
        )


@pytest.fixture(params=["one machine", "spark"])
def moves(request: pytest.FixtureRequest, glue: Place) -> Ingestion:
    """One engine after the other, in a fresh place."""
    return Ingestion(request.param, glue)


def _line(number: int) -> bytes:
    time_us = to_us(START) + number
    data = {"shop": "é", "amount": 1.5, "due": time_us}
    return archive_line(LoggedEvent("sales", f"e{number}", time_us, time_us + 5, "s", number, data), ["due"])


def test_events_that_landed_are_moved_once(moves: Ingestion) -> None:
    """Lines that the archive repeated, in one object or another, are one event."""
    moves.land("landing/2024/05/a=1", _line(1), _line(2), _line(2))
    moves.land("landing/b", _line(2), _line(3))
    assert moves.ingest() == (2, 5, 3)
    assert moves.landed() == []
    moves.land("landing/c", _line(3), _line(4))
    assert moves.ingest() == (1, 2, 1)
    assert moves.ingest() == (0, 0, 0)
    assert moves.sequences() == [1, 2, 3, 4]
    last = Bounds(to_us(START) + 3, to_us(START) + 4)
    [found] = moves.log.read("sales", ["event_time", "arrival", "due", "shop", "amount"], last).to_pylist()
    instants = [to_us(found[name]) - to_us(START) for name in ("event_time", "arrival", "due")]
    assert (instants, found["shop"], found["amount"]) == ([4, 9, 4], "é", 1.5)


def test_an_ingestion_killed_after_its_commit_is_caught_up(
    moves: Ingestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves.land("landing/a", _line(1), _line(2))

    def killed(**_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(moves.s3, "delete_objects", killed)
        with pytest.raises(KeyboardInterrupt):
            moves.ingest()
    assert moves.ingest() == (1, 2, 0)
    assert moves.sequences() == [1, 2]
    assert moves.landed() == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{}\n", "'landing/bad', line 2"),
        (b"nonsense\n", "'landing/bad', line 2"),
        (_line(2).replace(b'"sales"', b'"other"'), "line 2: source 'other' is not in the registry"),
        (_line(2).replace(b"1.5", b'"much"'), "'landing/bad', line 2"),
        (_line(2).replace(b"2024-05-01T", b"yesterday "), "'landing/bad', line 2"),
    ],
)
def test_a_line_that_is_no_event_stops_ingestion_and_nothing_is_lost(
    moves: Ingestion, line: bytes, complaint: str
) -> None:
    moves.land("landing/bad", _line(1), line)
    with pytest.raises(InputError, match=complaint):
        moves.ingest()
    assert moves.sequences() == []
    assert moves.landed() == ["landing/bad"]


def _served(request_id: str, row: int = 0, service: str = "model") -> bytes:
    line = {
        "request_id": request_id,
        "row": row,
        "served_at": AT,
        "as_of": AT,
        "service": service,
        "registry_version": "abc",
        "features": ["v__a"],
        "entity": {"user": "é"},
        "values": [1.5],
        "statuses": ["present"],
    }
    return msgspec.json.encode(line) + b"\n"


def test_what_was_served_is_moved_once(moves: Ingestion) -> None:
    moves.land("served-landing/one", _served("a"), _served("a", 1))
    moves.land("served-landing/two", _served("a", 1), _served("b"))
    assert moves.ingest_served() == (2, 4, 3)
    moves.land("served-landing/again", _served("a"), _served("c"), _served("a", service="other"))
    assert moves.ingest_served() == (1, 3, 2)
    assert moves.ingest_served() == (0, 0, 0)
    found = moves.served.read(["entity", "values", "service"], since=AT)
    assert found["request_id"].to_pylist() == ["a", "a", "a", "b", "c"]
    assert found["entity"].to_pylist()[0] == '{"user":"é"}'
    assert found["values"].to_pylist()[0] == "[1.5]"


def test_an_object_that_is_something_else_is_named_and_nothing_moved(moves: Ingestion) -> None:
    moves.land("served-landing/good", _served("a"))
    moves.land("served-landing/other", b"{}\n")
    with pytest.raises(InputError, match="'served-landing/other', line 1"):
        moves.ingest_served()
    assert moves.served.read([], since=AT).num_rows == 0
    assert moves.landed() == ["served-landing/good", "served-landing/other"]
