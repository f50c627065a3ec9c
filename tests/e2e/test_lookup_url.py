"""The lookup function by its URL in the local cloud, and what it served, in its table."""

import http.client
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from feature_jobs.ingest import ingest_served
from feature_jobs.landing import BucketLanding
from headwater import environment
from headwater.environment import Environment
from headwater.offline.served_log import open_served_log

ENTITIES = [
    {"origin": "JFK", "carrier": "UA", "tailnum": None},
    {"origin": "EWR", "carrier": "B6", "tailnum": "N1"},
]


def _ask(outputs: Environment, *, path: str, body: bytes = b"", signed: bool = True) -> tuple[int, bytes]:
    """Ask the URL, which the emulator answers under its own address."""
    host = urlsplit(outputs.lookup_url).netloc
    method = "POST" if body else "GET"
    request = AWSRequest(method, f"https://{host}{path}", data=body, headers={"Host": host})
    if signed:
        SigV4Auth(Credentials("test", "test"), "lambda", outputs.region).add_auth(request)
    address = urlsplit(outputs.endpoint_url or "").netloc
    with closing(http.client.HTTPConnection(address, timeout=30)) as emulator:
        emulator.request(method, path, body=body, headers=dict(request.headers))
        answer = emulator.getresponse()
        return answer.status, answer.read()


def _served(outputs: Environment, since: datetime, rows: int) -> list[dict[str, Any]]:
    """Move what was served to its table until there are so many rows, for at most a minute."""
    log = open_served_log(outputs)
    log.ensure_table()
    for _ in range(60):
        ingest_served(log, BucketLanding(outputs.client("s3"), outputs.bucket_name))
        found = log.read(["service", "entity", "features", "values", "statuses"], since)
        if found.num_rows >= rows:
            lines: list[dict[str, Any]] = found.to_pylist()
            return lines
        time.sleep(1)
    raise AssertionError(
        f"{found.num_rows} rows in the log of what was served after a minute, expected {rows}"
    )


def test_signed_requests_are_answered_and_logged(platform: Path) -> None:
    outputs = environment.load(platform, "local")
    began = datetime.now(UTC)
    body = msgspec.json.encode({"service": "flight_delay", "entities": ENTITIES, "request_id": "order 17"})

    assert _ask(outputs, path="/v1/services", signed=False)[0] == 403
    status, services = _ask(outputs, path="/v1/services")
    assert (status, msgspec.json.decode(services)["services"][0]["name"]) == (200, "flight_delay")
    status, unknown = _ask(outputs, path="/v1/lookup", body=body.replace(b"flight_delay", b"flights"))
    assert (status, msgspec.json.decode(unknown)["error"]["code"]) == (404, "unknown_service")
    status, answered = _ask(outputs, path="/v1/lookup", body=body)
    assert status == 200

    answer = msgspec.json.decode(answered)
    for asked, row, line in zip(ENTITIES, answer["rows"], _served(outputs, began, 2), strict=True):
        assert (line["request_id"], line["service"]) == ("order 17", "flight_delay")
        assert msgspec.json.decode(line["entity"]) == asked
        assert msgspec.json.decode(line["values"]) == row["values"]
        assert (line["features"], line["statuses"]) == (answer["features"], row["statuses"])
