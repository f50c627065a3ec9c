"""What a stack of two regions puts out becomes the files that an operator's commands read."""

import json
from pathlib import Path
from typing import Any

import pytest

from dr import regions, stack_outputs
from headwater.errors import SettingsError

_NEEDED = (
    *("event_stream_name", "archive_stream_name", "bucket_name", "glue_database", "online_table_name"),
    *("stream_function_name", "lookup_function_name", "lookup_url", "dead_letter_queue_url"),
)


def _region(region: str, **more: Any) -> dict[str, Any]:
    return dict.fromkeys(_NEEDED, "x") | {"environment": "prod", "region": region} | more


def _printed(**changes: Any) -> bytes:
    both = {region: _region(region) for region in ("us-east-1", "us-west-2")}
    return json.dumps({"environment": "prod", "regions": both} | changes).encode()


def test_the_files_are_what_commands_open(tmp_path: Path) -> None:
    files = stack_outputs.save(tmp_path, "prod", _printed())
    assert [file.name for file in files] == ["us-east-1.json", "us-west-2.json"]
    assert sorted(regions.load(tmp_path, "prod")) == ["us-east-1", "us-west-2"]


def test_a_region_that_is_no_more_is_not_opened(tmp_path: Path) -> None:
    stack_outputs.save(tmp_path, "prod", _printed(regions={"eu-west-1": _region("eu-west-1")}))
    stack_outputs.save(tmp_path, "prod", _printed())
    assert "eu-west-1" not in regions.load(tmp_path, "prod")


def test_a_pilot_light_without_a_cache_has_one_store(tmp_path: Path) -> None:
    stack_outputs.save(tmp_path, "prod", _printed())
    assert [type(each).__name__ for each in regions.load(tmp_path, "prod")["us-west-2"].stores] == [
        "DynamoDBStore"
    ]


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (b"no JSON", "hand over what `pulumi stack output --json -s prod` prints"),
        (_printed(environment="staging"), "found those of 'staging'"),
        (_printed(regions={}), "found one region, expected two; set headwater:recoveryRegion"),
        (_printed(regions={"us-east-1": {"environment": "prod"}}), "missing required field"),
        (
            _printed(regions={"us-east-1": _region("us-west-2")}),
            "outputs of another region below 'us-east-1'",
        ),
    ],
)
def test_what_is_no_output_of_two_regions_is_refused(tmp_path: Path, printed: bytes, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        stack_outputs.save(tmp_path, "prod", printed)
    assert not list(tmp_path.rglob("*.json"))
