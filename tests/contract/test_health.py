"""What a region says of itself, whichever store it asks."""

from headwater.names import HEALTH_PATH, LEADS_PATH
from headwater.online.stores import OnlineStore
from headwater.stream import pointer
from headwater.stream.health import RegionHealth
from headwater.stream.pointer import Pointer

HERE = "eu-west-1"


def test_a_store_that_answers_is_well(store: OnlineStore) -> None:
    """Asked three times, as many as Route 53 asks before it believes that one is not: a machine may stall for a second."""
    health = RegionHealth([store], "test", HERE)
    answers = [health.answer(HEALTH_PATH) for _ in range(3)]
    assert 200 in {answer.status for answer in answers}, answers


def test_a_region_leads_as_soon_as_its_own_table_says_so(store: OnlineStore) -> None:
    health = RegionHealth([store], "test", HERE)
    before = health.answer(LEADS_PATH)
    assert pointer.move(store, "test", Pointer(1, HERE, open=True, since_us=0))
    assert (before.status, health.answer(LEADS_PATH).status) == (404, 200)
