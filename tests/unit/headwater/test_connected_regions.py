"""Connecting to an environment that runs in several regions."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from headwater import environment
from headwater.client import connect_regions
from headwater.errors import SettingsError, UnavailableError
from tests.servers import outputs

ROOT = Path(__file__).parents[3]
ENTITY = {"origin": "JFK", "carrier": "UA", "tailnum": None}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the outputs of two regions in which nobody listens."""
    folder = tmp_path / environment.FOLDER / "prod"
    folder.mkdir(parents=True)
    for region in ("us-east-1", "us-west-2"):
        silent = replace(
            outputs("prod", "http://127.0.0.1:9"), region=region, redis_url="redis://127.0.0.1:9"
        )
        (folder / f"{region}.json").write_bytes(msgspec.json.encode(silent))
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "registry.json").write_bytes((ROOT / "features" / "registry.json").read_bytes())
    return tmp_path


def test_a_nearest_region_without_outputs_is_refused_and_those_there_are_named(checkout: Path) -> None:
    with pytest.raises(SettingsError, match="'eu-west-1' of 'prod': found outputs of us-east-1, us-west-2"):
        connect_regions("prod", "eu-west-1", checkout)


def test_a_lookup_that_no_region_answers_names_both(checkout: Path) -> None:
    client = connect_regions("prod", "us-west-2", checkout)
    with pytest.raises(UnavailableError, match="us-east-1, us-west-2: none has given"):
        client.get("flight_delay", [ENTITY])
