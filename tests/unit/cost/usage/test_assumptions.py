"""Assumptions are read with their units, and whatever is missing, unknown or in another unit is named."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from cost import shapes
from cost.errors import UsageError
from cost.quantities import parse
from cost.usage import assumptions
from tests.costs import ENVIRONMENTS, definitions, usage_of

CONTENT = (assumptions.FOLDER / "prod.yaml").read_text()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_committed_assumptions_can_be_read(environment: str) -> None:
    assert set(usage_of(environment).sources) == set(definitions().sources)


def _without(line: str) -> Callable[[str], str]:
    return lambda text: "\n".join(each for each in text.splitlines() if not each.startswith(line))


def _with(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without("    late: 0.5"), r"'sources\.departures\.late': missing; found .*events.*; add it"),
        (_with("  weather:\n", "  winter:\n"), r"'sources\.weather': missing"),
        (_with("training:\n", "training:\n  colour: 1 red\n"), r"'training\.colour': unknown, expected"),
        (
            _with("text: 6 bytes", "text: 6 KB"),
            r"'sources\.departures\.text': found the unit 'KB', expected 'bytes'",
        ),
        (
            _with("text: 6 bytes", "text: 6"),
            r"'sources\.departures\.text': found 6, expected '<number> bytes'",
        ),
        (_with("200 to 400", "400 to 200"), r"'sources\.departures\.events': .*turn the range round"),
        (_with("98 percent", "198 percent"), r"'services\.flight_delay\.found': .*at most 100 percent"),
        (
            _with("shape: day", "shape: night"),
            r"'sources\.departures\.shape': found 'night', expected one of",
        ),
        (
            _with("text: 6 bytes", "text: -6 bytes"),
            r"'sources\.departures\.text': found '-6 bytes', expected",
        ),
        (
            _with("text: 6 bytes", "text: nan bytes"),
            r"'sources\.departures\.text': found 'nan bytes', expected",
        ),
        (
            _with("    text: 6 bytes\n", "    text: 6 bytes\n    text: 60 bytes\n"),
            r"'text': stands twice, on line \d+ again",
        ),
        (lambda _: "- a list", r"usage: found \['a list'\], expected the keys"),
        (lambda _: "a: [", r"usage prod\.yaml: no YAML"),
    ],
    ids=[
        *("missing", "missing name", "unknown", "other unit", "no unit", "backwards", "too much", "no shape"),
        *("negative", "no number", "twice", "a list", "no yaml"),
    ],
)
def test_what_is_wrong_is_named(change: Callable[[str], str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assumptions.decode(change(CONTENT).encode(), "prod.yaml", definitions())


def test_an_environment_that_nobody_has_assumptions_of_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"environment 'live': .*expected one of dev, prod, staging"):
        assumptions.file_of("live")


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml.*start from a copy"):
        assumptions.load(assumptions.FOLDER / "nowhere.yaml", definitions())


def test_a_range_has_two_ends_and_a_middle() -> None:
    found = parse("rate", "1_000 to 3_000 events/s", "events/s")
    assert [found.at(point).value for point in ("low", "middle", "high")] == [1000, 2000, 3000]


def test_at_a_point_no_assumption_is_a_range() -> None:
    assert usage_of("prod").has_ranges
    assert not usage_of("prod").at("high").has_ranges


def test_one_number_can_be_changed_by_its_key() -> None:
    found = usage_of("prod").changed("services.flight_delay.lookups", Decimal(7))
    assert str(found.services["flight_delay"].lookups) == "7 lookups/s"
    with pytest.raises(UsageError, match="'services': unknown"):
        usage_of("prod").changed("services", Decimal(7))


@pytest.mark.parametrize("shape", shapes.SHAPES)
def test_a_shape_has_a_day_of_hours_with_a_mean_of_one(shape: str) -> None:
    hours = shapes.hours("it", shape)
    assert len(hours) == 24
    assert sum(hours) / 24 == pytest.approx(1)
