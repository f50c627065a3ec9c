"""Training sets and snapshots for SageMaker, from event logs in the Glue catalog."""

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_jobs import sagemaker_export
from feature_jobs.folders import BucketFolder
from feature_jobs.sagemaker_export import Order, Page, export
from feature_jobs.sagemaker_mirror import records
from headwater import names
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.errors import InputError
from headwater.instants import to_us
from headwater.offline.channels import Split
from headwater.offline.event_log import IcebergEventLog, open_glue_catalog
from headwater.offline.types import INSTANT, log_schema
from headwater.registry import content_hash
from tests import servers

START = datetime(2024, 5, 1, tzinfo=UTC)
SALES = EventSource(name="sales", columns={"shop": "string", "amount": "float64"})
VIEW = FeatureView(
    name="shop_sales",
    entity=Entity(name="shop", keys={"shop": "string"}),
    source=SALES,
    features=[
        Aggregation(column=None, function="count", window="6h"),
        Aggregation(column="amount", function="max", window="6h"),
        Aggregation(column="amount", function="last_n", n=2, window="6h"),
    ],
)
REGISTRY = compile_services([FeatureService(name="model", views=[VIEW])])
COUNT, MAX, LATEST = REGISTRY.vector_names(REGISTRY.service("model"))
LABELS = pa.table(
    {
        "shop": ["a", "a", "b", "a"],
        "event_time": pa.array([START + timedelta(hours=hour) for hour in (1, 2, 3, 4)], INSTANT),
        "sold_out": [True, False, False, True],
        "size": [10, 10, 20, 10],
    }
)
ORDER = Order(
    name="model-1",
    service="model",
    label="sold_out",
    mode="as_known",
    form="csv",
    timestamp_column="event_time",
    more=("size",),
    without=(LATEST,),
)


class Place:
    """A bucket and a database of a test's own."""

    def __init__(self, endpoint_url: str) -> None:
        self.s3 = servers.client("s3", endpoint_url)
        self.bucket = f"log{uuid.uuid4().hex}"
        self.s3.create_bucket(Bucket=self.bucket)
        servers.client("glue", endpoint_url).create_database(DatabaseInput={"Name": self.bucket})
        catalog = open_glue_catalog(self.bucket, region="us-east-1", endpoint_url=endpoint_url)
        self.log = IcebergEventLog(catalog, self.bucket, REGISTRY)
        self.log.ensure_tables()

    def sell(self, hours: list[int], shop: str = "a") -> None:
        """Sales of a shop, for a tenth of the hour."""
        instants = [START + timedelta(hours=hour, minutes=30) for hour in hours]
        events = pa.table(
            {
                "event_time": pa.array(instants, INSTANT),
                "arrival": pa.array(instants, INSTANT),
                "event_id": [str(hour) for hour in hours],
                "shard": ["0"] * len(hours),
                "sequence": [str(hour) for hour in hours],
                "shop": [shop] * len(hours),
                "amount": [hour / 10 for hour in hours],
            }
        )
        self.log.append("sales", events.cast(log_schema(REGISTRY.sources["sales"])))

    def export(self, **changes: Any) -> Page:
        """Export the labels."""
        order = ORDER._replace(**changes)
        return export(REGISTRY, self.log, LABELS, order, self.folder(order.name))

    def folder(self, name: str) -> BucketFolder:
        """Where an export goes."""
        return BucketFolder(self.s3, self.bucket, names.sagemaker_training_prefix(name))

    def written(self) -> list[str]:
        """Files of all exports."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=names.sagemaker_prefix())
        return [item["Key"] for item in listed.get("Contents", [])]

    def file(self, key: str) -> bytes:
        """Content of a file of the export ``model-1``."""
        content = self.folder("model-1").read(key)
        assert content is not None
        return content

    def lines(self, channel: str) -> list[list[str]]:
        """Rows of a channel of the export ``model-1``."""
        return list(csv.reader(io.StringIO(self.file(f"{channel}/part-00000.csv").decode())))


@pytest.fixture
def place(endpoint_url: str) -> Place:
    """A place with sales."""
    made = Place(endpoint_url)
    made.sell([0, 1, 3])
    return made


def test_channels_hold_label_and_features_divided_by_time(place: Place) -> None:
    place.export(split=Split(to_us(START + timedelta(hours=3))))
    assert place.lines("train") == [["1", "1", "0", "10"], ["0", "2", "0.1", "10"]]
    assert place.lines("validation") == [["0", "0", "", "20"], ["1", "3", "0.3", "10"]]


def test_the_manifest_names_the_files_of_its_channel(place: Place) -> None:
    place.export()
    [start, *files] = json.loads(place.file("train.manifest"))
    assert start == {"prefix": f"s3://{place.bucket}/sagemaker/training/model-1/train/"}
    assert [place.file(f"train/{file}") != b"" for file in files] == [True]


def test_large_channels_are_several_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sagemaker_export, "ROWS_A_FILE", 3)
    page = place.export()
    assert page.channels["train"].files == ["part-00000.csv", "part-00001.csv"]
    assert len(place.file("train/part-00001.csv").splitlines()) == 1


def test_the_page_says_what_the_model_was_trained_on(place: Place) -> None:
    begins = START + timedelta(hours=3)
    page = place.export(split=Split(to_us(begins), to_us(begins) - to_us(begins - timedelta(hours=1))))
    assert json.loads(place.file("training-set.json"))["registry_version"] == content_hash(REGISTRY)
    assert page.versions == {"shop_sales": REGISTRY.views["shop_sales"].version}
    assert page.tables == place.log.tagged("model", "model-1", create=False).pinned
    assert [column.name for column in page.columns] == ["sold_out", COUNT, MAX, "size"]
    assert (page.channels["train"].rows, page.channels["validation"].rows, page.left_out_rows) == (1, 2, 1)
    assert page.channels["train"].last == "2024-05-01T01:00:00.000000Z"
    assert page.validation_from == "2024-05-01T03:00:00.000000Z"


def test_parquet_keeps_names_and_lists(place: Place) -> None:
    place.export(form="parquet", without=())
    found = pq.read_table(io.BytesIO(place.file("train/part-00000.parquet")))
    assert found.column_names == ["sold_out", COUNT, MAX, LATEST, "size"]
    assert found[LATEST].to_pylist()[1] == [0.1, 0.0]  # the latest first


def test_an_export_that_is_there_stays_as_it_is(place: Place) -> None:
    place.export()
    before = {key: place.s3.head_object(Bucket=place.bucket, Key=key)["ETag"] for key in place.written()}
    with pytest.raises(InputError, match="export 'model-1': is there already"):
        place.export(form="parquet", without=())
    after = {key: place.s3.head_object(Bucket=place.bucket, Key=key)["ETag"] for key in place.written()}
    assert after == before


def test_an_interrupted_export_is_made_anew_from_what_was_read_first(place: Place) -> None:
    page = place.export()
    place.s3.delete_object(Bucket=place.bucket, Key="sagemaker/training/model-1/training-set.json")
    place.folder("model-1").write("train/part-00007.csv", b"left over")
    place.sell([2])
    assert place.export() == page
    assert place.lines("train")[-1] == ["1", "3", "0.3", "10"]
    assert "sagemaker/training/model-1/train/part-00007.csv" not in place.written()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"without": ()}, f"column '{LATEST}': found list<item: double>, which the built-in algorithms"),
        ({"without": ("none",)}, "feature 'none': not of service 'model'"),
        ({"label": "none"}, "no column 'none' among shop"),
        ({"more": ("size", "size")}, "one is there twice"),
        ({"split": Split(to_us(START))}, "channel 'train': none of 4 label rows"),
    ],
)
def test_an_order_that_will_not_do_writes_nothing(place: Place, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        place.export(**changes)
    assert place.written() == []


def test_a_mirror_has_what_a_training_set_has_of_who_had_an_event_by_then(place: Place) -> None:
    at_us = to_us(START + timedelta(hours=2))
    [record] = records(place.log, REGISTRY, REGISTRY.views["shop_sales"], at_us, most=1)
    assert {each["FeatureName"]: each["ValueAsString"] for each in record} == {
        "entity": "a",
        "event_time": "2024-05-01T02:00:00.000Z",
        "shop": "a",
        "events_count_6h": "2",
        "amount_max_6h": "0.1",
        "amount_last_2_6h": "[0.1,0.0]",
    }


def test_a_mirror_of_the_time_before_any_event_has_no_records(place: Place) -> None:
    assert records(place.log, REGISTRY, REGISTRY.views["shop_sales"], to_us(START), most=1) == []


def test_a_mirror_of_more_entities_than_meant_is_refused(place: Place) -> None:
    place.sell([5], shop="b")
    with pytest.raises(InputError, match="view 'shop_sales': more than 1 entities"):
        records(place.log, REGISTRY, REGISTRY.views["shop_sales"], to_us(START + timedelta(hours=9)), most=1)
