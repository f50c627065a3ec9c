"""What moved a bill: the arithmetic by hand, and that it adds up."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.actuals import months
from cost.actuals.charges import Bill, Charge
from cost.actuals.movements import Driver, Movement, anomalies, movements

_TODAY = date(2026, 12, 1)
_AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=4)


def _charge(
    usd: str | Decimal,
    quantity: str | Decimal,
    resources: int | None = None,
    usage: str = "NodeUsage",
    unit: str = "Hrs",
) -> Charge:
    return Charge(
        component="cache",
        service="elasticache",
        usage_type=usage,
        usd=Decimal(usd),
        quantity=Decimal(quantity),
        unit=unit,
        resources=resources,
    )


def _bill(month: str, *charges: Charge, today: date = _TODAY) -> Bill:
    return Bill(
        environment="prod",
        month=months.parse(month, today),
        source="made up",
        charges=charges,
        apart={},
        account_apart={},
        account_untagged_usd=Decimal(0),
    )


def _moved(before: Charge, after: Charge, first: str = "2026-07", second: str = "2026-08") -> Movement:
    """Two months of 31 days, unless others are named."""
    [found] = movements(_bill(first, before), _bill(second, after))
    return found


def _parts(found: Movement) -> dict[str, Decimal]:
    return {part.driver.value: part.usd for part in found.parts}


def test_more_of_it_at_the_same_price_is_use() -> None:
    """2,000 hours more at 0.10."""
    found = _moved(_charge("100", "1000"), _charge("300", "3000"))
    assert _parts(found) == {"days": 0, "use": Decimal(200), "price": 0}
    assert found.driver.driver is Driver.USE
    assert found.driver.arithmetic == "(3,000 - 1,000) × 0.1"


def test_the_same_of_it_at_another_price_is_price() -> None:
    """1,000 hours at 0.13 and not at 0.10."""
    found = _moved(_charge("100", "1000"), _charge("130", "1000"))
    assert _parts(found) == {"days": 0, "use": 0, "price": Decimal(30)}
    assert found.driver.arithmetic == "(0.13 - 0.1) × 1,000"


def test_what_use_and_price_do_together_is_told_apart() -> None:
    """500 more at the old 0.10 is 50; 0.02 more for each of 1,500 is 30."""
    found = _moved(_charge("100", "1000"), _charge("180", "1500"))
    assert _parts(found) == {"days": 0, "use": Decimal(50), "price": Decimal(30)}


def test_resources_more_are_told_from_more_use_of_each() -> None:
    """4 nodes became 6: half again of 400 hours at 0.25 is 50. The 30 hours beyond 600 are use: 7.50."""
    found = _moved(_charge("100", "400", 4), _charge("157.5", "630", 6))
    assert _parts(found) == {"days": 0, "resources": Decimal(50), "use": Decimal("7.5"), "price": 0}
    assert found.driver.driver is Driver.RESOURCES


def test_a_longer_month_is_the_calendars_doing() -> None:
    """A node that runs all day: 720 hours in September, 744 in October, at 0.50."""
    found = _moved(_charge("360", "720"), _charge("372", "744"), "2026-09", "2026-10")
    assert _parts(found) == {"days": Decimal(12), "use": 0, "price": 0}
    assert found.unusual_usd == 0


def test_what_is_counted_by_the_month_does_not_grow_with_its_days() -> None:
    """50 GB kept all September and all October are 50 GB-months each."""
    found = _moved(
        _charge("12.5", "50", unit="GB-Mo"), _charge("12.5", "50", unit="GB-Mo"), "2026-09", "2026-10"
    )
    assert _parts(found) == {"days": 0, "use": 0, "price": 0}


def test_a_month_that_is_not_over_is_beside_as_many_days_of_the_one_before() -> None:
    """10 of 31 days of October beside 30 of September: 240 of 720 hours."""
    before = _bill("2026-09", _charge("360", "720"))
    after = _bill("2026-10", _charge("120", "240"), today=date(2026, 10, 11))
    [found] = movements(before, after)
    assert found.difference_usd == Decimal(-240)
    assert abs(found.unusual_usd) < Decimal("1e-20")


def test_what_was_not_there_is_new_and_what_is_not_there_is_gone() -> None:
    before = _bill("2026-07", _charge("10", "100", usage="Old"))
    after = _bill("2026-08", _charge("25", "50", usage="New"))
    found = {each.usage_type: each for each in movements(before, after)}
    assert _parts(found["New"]) == {"new": Decimal(25)}
    assert found["New"].driver.arithmetic == "50 Hrs for 25.00 USD, and nothing before"
    assert _parts(found["Old"]) == {"gone": Decimal(-10)}


def test_an_amount_without_a_quantity_is_a_price() -> None:
    assert _parts(_moved(_charge("10", "0"), _charge("15", "0"))) == {"price": Decimal(5)}


@given(old=_AMOUNTS, new=_AMOUNTS, before=_AMOUNTS, after=_AMOUNTS, nodes=st.tuples(*[st.integers(0, 9)] * 2))
def test_parts_add_up_to_the_difference(
    old: Decimal, new: Decimal, before: Decimal, after: Decimal, nodes: tuple[int, int]
) -> None:
    found = _moved(_charge(old, before, nodes[0]), _charge(new, after, nodes[1]), "2026-09", "2026-10")
    total = sum((part.usd for part in found.parts), Decimal(0))
    assert total == pytest.approx(found.difference_usd, abs=Decimal("1e-9"))


def test_an_anomaly_is_large_in_dollars_and_in_percent() -> None:
    before = _bill(
        "2026-07",
        _charge("1000", "1000", usage="Large"),
        _charge("10", "10", usage="Small"),
        _charge("100", "100", usage="Both"),
    )
    after = _bill(
        "2026-08",
        _charge("1050", "1050", usage="Large"),
        _charge("15", "15", usage="Small"),
        _charge("150", "150", usage="Both"),
    )
    found = anomalies(movements(before, after), Decimal(10), Decimal(20))
    assert [each.usage_type for each in found] == ["Both"]


def test_what_is_new_is_an_anomaly_from_the_least_dollars_on() -> None:
    found = movements(_bill("2026-07"), _bill("2026-08", _charge("10", "1")))
    assert anomalies(found, Decimal(10), Decimal(20)) == found
    assert anomalies(found, Decimal(11), Decimal(20)) == []
