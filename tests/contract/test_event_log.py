"""The event log in the Glue catalog, on S3, and what ingestion moves into it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.errors import InputError
from headwater.instants import to_us
from headwater.offline import event_log
from headwater.offline.event_log import IcebergEventLog, open_glue_catalog
from headwater.offline.types import log_schema
from headwater.registry import Registry
from headwater.windows import Bounds
from tests import servers

START = datetime(2024, 5, 1, tzinfo=UTC)
EVERYTHING = Bounds(0, to_us(datetime(2100, 1, 1, tzinfo=UTC)))


def _registry(**more: str) -> Registry:
    columns = {"shop": "string", "amount": "float64", "items": "int64", "due": "timestamp", **more}
    view = FeatureView(
        name="sales",
        entity=Entity(name="shop", keys={"shop": "string"}),
        source=EventSource(name="sales", columns=columns),
        features=[Aggregation(column=None, function="count", window="1h")],
    )
    return compile_services([FeatureService(name="model", views=[view])])


REGISTRY = _registry()


class Place:
    """A bucket and a database of a test's own."""

    def __init__(self, endpoint_url: str) -> None:
        self.s3 = servers.client("s3", endpoint_url)
        self.glue = servers.client("glue", endpoint_url)
        self.bucket = self.database = f"log{uuid.uuid4().hex}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": self.database})
        self.catalog = open_glue_catalog(self.bucket, region="us-east-1", endpoint_url=endpoint_url)

    def log(self, registry: Registry = REGISTRY) -> IcebergEventLog:
        """The log, with its tables made."""
        log = IcebergEventLog(self.catalog, self.database, registry)
        log.ensure_tables()
        return log


@pytest.fixture
def place(endpoint_url: str) -> Place:
    """A fresh place."""
    return Place(endpoint_url)


def _events(count: int, *, first: int = 0, **columns: Any) -> pa.Table:
    rows = [
        {
            "event_time": START + timedelta(hours=number),
            "arrival": START + timedelta(hours=number, seconds=1),
            "event_id": f"e{number}",
            "shard": "s",
            "sequence": str(number),
            "shop": "x",
            "amount": number / 2,
            **columns,
        }
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=log_schema(REGISTRY.sources["sales"]))


def _sequences(log: IcebergEventLog) -> list[int]:
    return sorted(int(value) for value in log.read("sales", ["sequence"], EVERYTHING)["sequence"].to_pylist())


def test_events_come_back_as_they_went_in(place: Place) -> None:
    log = place.log()
    events = _events(60)
    log.append("sales", events)
    found = log.read("sales", events.column_names, EVERYTHING).sort_by("event_time")
    assert found.select(events.column_names).to_pylist() == events.to_pylist()


def test_a_read_is_open_on_the_left_and_closed_on_the_right(place: Place) -> None:
    log = place.log()
    log.append("sales", _events(60))
    edges = Bounds(to_us(START + timedelta(hours=10)), to_us(START + timedelta(hours=30)))
    found = log.read("sales", ["sequence"], edges)
    assert found.column_names == ["sequence"]
    assert sorted(int(value) for value in found["sequence"].to_pylist()) == list(range(11, 31))


def test_a_read_opens_only_the_days_it_needs(place: Place) -> None:
    log = place.log()
    log.append("sales", _events(240))
    table = place.catalog.load_table((place.database, "events_sales"))
    day = (
        f"event_time > '{START.isoformat()}' and event_time <= '{(START + timedelta(hours=20)).isoformat()}'"
    )
    assert len(list(table.scan(row_filter=day).plan_files())) == 1
    assert len(list(table.scan().plan_files())) == 10


def test_tables_are_made_once(place: Place) -> None:
    log = IcebergEventLog(place.catalog, place.database, REGISTRY)
    assert log.ensure_tables() == ["events_sales"]
    assert log.ensure_tables() == []


def test_a_source_may_gain_a_column(place: Place) -> None:
    place.log().append("sales", _events(1))
    wider = place.log(_registry(note="string"))
    assert wider.read("sales", ["note"], EVERYTHING).to_pylist() == [{"note": None}]


def test_a_column_keeps_its_type(place: Place) -> None:
    place.log()
    with pytest.raises(InputError, match="column 'amount': the table has double, the source says string"):
        place.log(_registry(amount="string"))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"amount": float("nan")}, "'amount': 3 values are NaN, infinite"),
        ({"amount": float("inf")}, "'amount': 3 values are NaN, infinite"),
        ({"event_id": "x" * 65}, "'event_id': a value has 65 bytes, expected at most 64"),
    ],
)
def test_bad_values_are_refused_and_nothing_is_written(
    place: Place, change: dict[str, Any], complaint: str
) -> None:
    log = place.log()
    with pytest.raises(InputError, match=complaint):
        log.append("sales", _events(3, **change))
    assert _sequences(log) == []


def test_missing_nulls_and_wrong_types_are_refused(place: Place) -> None:
    log = place.log()
    events = _events(2)
    naive = pa.array([datetime(2024, 5, 1)] * 2, pa.timestamp("us"))  # noqa: DTZ001 (naive on purpose)
    wrong = {
        "not among the columns": events.drop_columns(["items"]),
        "2 nulls, expected none": events.set_column(2, "event_id", pa.nulls(2, pa.string())),
        r"found timestamp\[us\], expected timestamp\[us, tz=UTC\]": events.set_column(0, "event_time", naive),
    }
    for complaint, table in wrong.items():
        with pytest.raises(InputError, match=complaint):
            log.append("sales", table)


def test_what_is_in_the_log_is_not_appended_again(place: Place) -> None:
    log = place.log()
    assert log.append_new("sales", _events(30)) == 30
    assert log.append_new("sales", pa.concat_tables([_events(20, first=20), _events(20, first=20)])) == 10
    assert _sequences(log) == list(range(40))


def test_two_that_ingest_the_same_at_once_double_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both look for what is missing before either has committed."""
    log, other = place.log(), place.log()
    log.append("sales", _events(1))
    scan = event_log._scan
    looked: list[int] = []

    def meanwhile(*arguments: Any) -> Any:
        found = scan(*arguments)
        looked.append(1)
        if len(looked) == 1:
            assert other.append_new("sales", _events(4)) == 3
        return found

    monkeypatch.setattr(event_log, "_scan", meanwhile)
    assert log.append_new("sales", _events(6)) == 2
    assert _sequences(place.log()) == [0, 1, 2, 3, 4, 5]


def test_many_writers_lose_and_double_nothing(place: Place) -> None:
    log = place.log()
    log.append("sales", _events(1))
    with ThreadPoolExecutor(4) as threads:
        new = list(
            threads.map(
                lambda first: place.log().append_new("sales", _events(20, first=first)), [0, 5, 5, 10]
            )
        )
    assert sum(new) == 29
    assert _sequences(log) == list(range(30))
