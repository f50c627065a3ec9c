"""The log of what was served in the Glue catalog, on S3, and what ingestion moves into it."""

import uuid
from datetime import UTC, datetime

import msgspec
import pytest

from feature_jobs.ingest import IngestReport, ingest_served
from feature_jobs.landing import BucketLanding
from headwater.errors import InputError
from headwater.offline.event_log import open_glue_catalog
from headwater.offline.served_log import ServedLog
from tests import servers

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Place:
    """A bucket and a database of a test's own."""

    def __init__(self, endpoint_url: str) -> None:
        self.s3 = servers.client("s3", endpoint_url)
        self.bucket = database = f"served{uuid.uuid4().hex}"
        self.s3.create_bucket(Bucket=self.bucket)
        servers.client("glue", endpoint_url).create_database(DatabaseInput={"Name": database})
        catalog = open_glue_catalog(self.bucket, region="us-east-1", endpoint_url=endpoint_url)
        self.log = ServedLog(catalog, database)
        self.log.ensure_table()
        self.log.ensure_table()

    def land(self, name: str, *lines: bytes) -> None:
        """Put an object where Firehose would."""
        self.s3.put_object(Bucket=self.bucket, Key=f"served-landing/{name}", Body=b"".join(lines))

    def ingest(self) -> IngestReport:
        """Move what has landed."""
        return ingest_served(self.log, BucketLanding(self.s3, self.bucket))


@pytest.fixture
def place(endpoint_url: str) -> Place:
    """A fresh place."""
    return Place(endpoint_url)


def _line(request_id: str, row: int = 0, service: str = "model") -> bytes:
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


def test_what_has_landed_is_moved_once(place: Place) -> None:
    place.land("one", _line("a"), _line("a", 1))
    place.land("two", _line("a", 1), _line("b"))
    assert place.ingest() == IngestReport(2, 4, 3)
    place.land("again", _line("a"), _line("c"), _line("a", service="other"))
    assert place.ingest() == IngestReport(1, 3, 2)
    assert place.ingest() == IngestReport(0, 0, 0)
    found = place.log.read(["entity", "values", "service"], since=AT)
    assert found["request_id"].to_pylist() == ["a", "a", "a", "b", "c"]
    assert found["entity"].to_pylist()[0] == '{"user":"é"}'
    assert found["values"].to_pylist()[0] == "[1.5]"


def test_an_object_that_is_something_else_is_named_and_nothing_moved(place: Place) -> None:
    place.land("good", _line("a"))
    place.land("other", b"{}\n")
    with pytest.raises(InputError, match="'served-landing/other', line 1"):
        place.ingest()
    assert place.log.read([], since=AT).num_rows == 0
