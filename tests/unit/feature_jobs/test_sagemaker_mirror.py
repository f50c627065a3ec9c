"""Snapshots in feature groups: what is put, how it goes on after a cut, and what is checked before.

No emulator has the feature store's run time: botocore's own stub checks each call against the service's model. The
control plane is moto's.
"""

import time
from collections.abc import Callable
from typing import Any

import boto3
import msgspec
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from feature_jobs import sagemaker_mirror
from feature_jobs.sagemaker_mirror import Pace, Progress, check_group, mirror
from headwater import registry
from headwater.commands import REGISTRY
from headwater.environment import LOCAL_CREDENTIALS
from headwater.errors import InputError
from headwater.feature_groups import EVENT_TIME, RECORD, definitions_of, group_of, record_of

WEATHER = registry.load(REGISTRY).views["airport_weather"]
GROUP = group_of("lab", WEATHER)
AT_US = 1_385_856_000_000_000
ROWS = [record_of(WEATHER, AT_US, (airport, 39.02, 12.5, None, 10.0)) for airport in ("EWR", "JFK", "LGA")]
NOTE = "2013-12-01T00:00:00.000Z.json"


def _client(service: str) -> Any:
    make: Callable[..., Any] = boto3.client
    return make(service, region_name="us-east-1", **LOCAL_CREDENTIALS)


class _Notes(dict[str, bytes]):
    def read(self, name: str) -> bytes | None:
        return self.get(name)

    def write(self, name: str, content: bytes) -> None:
        self[name] = content


class _Runtime:
    """Expects some records in this order, and nothing else."""

    def __init__(self, rows: list[list[dict[str, str]]], *, fails_after: bool = False) -> None:
        self.client = _client("sagemaker-featurestore-runtime")
        self.stub = Stubber(self.client)
        for row in rows:
            expected = {"FeatureGroupName": GROUP, "Record": row, "TargetStores": ["OfflineStore"]}
            self.stub.add_response("put_record", {}, expected)
        if fails_after:
            self.stub.add_client_error("put_record", "ServiceUnavailable")


def _mirror(runtime: _Runtime, notes: _Notes, rows: list[list[dict[str, str]]] = ROWS) -> Progress:
    with runtime.stub:
        done = mirror(runtime.client, GROUP, rows, notes, AT_US, Pace(1e6))
        runtime.stub.assert_no_pending_responses()
    return done


def test_every_record_is_put_into_the_offline_store() -> None:
    notes = _Notes()
    assert _mirror(_Runtime(ROWS), notes) == Progress("LGA", 3, complete=True)
    assert msgspec.json.decode(notes[NOTE], type=Progress).complete


def test_a_snapshot_that_was_cut_off_goes_on_after_what_was_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sagemaker_mirror, "AT_ONCE", 1)
    notes = _Notes()
    with pytest.raises(ClientError):
        _mirror(_Runtime(ROWS[:2], fails_after=True), notes)
    assert _mirror(_Runtime(ROWS[2:]), notes) == Progress("LGA", 3, complete=True)


def test_a_complete_snapshot_is_not_put_again() -> None:
    notes = _Notes()
    _mirror(_Runtime(ROWS), notes)
    assert _mirror(_Runtime([]), notes).records == 3


def test_a_snapshot_without_entities_is_complete() -> None:
    assert _mirror(_Runtime([]), _Notes(), rows=[]) == Progress(complete=True)


def test_the_pace_lets_through_as_many_a_second_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    pace = Pace(50)
    for _ in range(101):
        pace.wait()
    assert now[0] == pytest.approx(2.0)


@mock_aws
def test_a_group_that_was_made_as_declared_is_found() -> None:
    client = _client("sagemaker")
    client.create_feature_group(
        FeatureGroupName=GROUP,
        RecordIdentifierFeatureName=RECORD,
        EventTimeFeatureName=EVENT_TIME,
        FeatureDefinitions=[
            {"FeatureName": name, "FeatureType": kind} for name, kind in definitions_of(WEATHER)
        ],
        RoleArn="arn:aws:iam::123456789012:role/sagemaker",
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://lab/sagemaker/groups/"}},
    )
    assert check_group(client, "lab", WEATHER) == GROUP


def test_a_group_that_is_not_there_is_refused() -> None:
    client = _client("sagemaker")
    stub = Stubber(client)
    stub.add_client_error("describe_feature_group", "ResourceNotFound")
    stub.activate()
    with pytest.raises(InputError, match="view 'airport_weather': no feature group headwater-lab-airport"):
        check_group(client, "lab", WEATHER)


def test_a_group_that_is_not_ready_is_refused() -> None:
    client = _client("sagemaker")
    answer = {
        "FeatureGroupArn": f"arn:aws:sagemaker:us-east-1:123456789012:feature-group/{GROUP}",
        "FeatureGroupName": GROUP,
        "RecordIdentifierFeatureName": RECORD,
        "EventTimeFeatureName": EVENT_TIME,
        "FeatureDefinitions": [{"FeatureName": RECORD, "FeatureType": "String"}],
        "CreationTime": 0,
        "FeatureGroupStatus": "Creating",
        "NextToken": "",
    }
    stub = Stubber(client)
    stub.add_response("describe_feature_group", answer, {"FeatureGroupName": GROUP})
    stub.activate()
    with pytest.raises(InputError, match="is Creating, expected Created"):
        check_group(client, "lab", WEATHER)
