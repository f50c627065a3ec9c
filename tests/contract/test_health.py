"""What a region says of itself, whichever store it asks."""

from headwater.names import HEALTH_PATH, LEADS_PATH
from headwater.online.stores import OnlineStore
from headwater.stream import pointer
from headwater.stream.health import RegionHealth
from headwater.stream.pointer import Pointer

HERE = "eu-west-1"


def test_a_store_that_answers_is_well(store: OnlineStore) -> None:
    assert RegionHealth([store], "test", HERE).status(HEALTH_PATH) == 200


def test_a_region_leads_as_soon_as_its_own_table_says_so(store: OnlineStore) -> None:
    health = RegionHealth([store], "test", HERE)
    before = health.status(LEADS_PATH)
    assert pointer.move(store, "test", Pointer(1, HERE, open=True, since_us=0))
    assert (before, health.status(LEADS_PATH)) == (404, 200)
