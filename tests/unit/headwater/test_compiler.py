"""Definitions to registry: versions, canonical bytes, and the committed file."""

from dataclasses import replace
from pathlib import Path

import pytest

from headwater import changes, registry, rollout
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView
from headwater.errors import DefinitionError, RegistryError
from headwater.loader import load_services

ROOT = Path(__file__).parents[3]

SHOP = Entity(name="shop", keys={"shop_id": "string"})
SALES = EventSource(name="sales", columns={"shop_id": "string", "amount": "float64"})
VIEW = FeatureView(
    name="shop_sales",
    entity=SHOP,
    source=SALES,
    features=[Aggregation(column="amount", function="sum", window="1h")],
)
SERVICE = FeatureService(name="model", views=[VIEW])


def _version(view: FeatureView) -> str:
    return compile_services([replace(SERVICE, views=[view])]).views["shop_sales"].version


def test_the_committed_registry_is_what_the_definitions_say() -> None:
    """After editing `features/`, run `headwater apply` and commit what it writes."""
    file = ROOT / "features" / "registry.json"
    serving = registry.load(file)
    proposal = rollout.propose(load_services("features"), serving)
    assert not proposal.changes or proposal.pending
    assert file.read_bytes() == registry.dump(serving)


def test_compiling_twice_gives_the_same_bytes() -> None:
    first, second = (registry.dump(compile_services(load_services("features"))) for _ in range(2))
    assert first == second


def test_a_description_or_an_owner_does_not_make_a_version() -> None:
    assert _version(replace(VIEW, description="Other words", owner="someone")) == _version(VIEW)


@pytest.mark.parametrize(
    "feature",
    [
        Aggregation(column="amount", function="sum", window="2h"),
        Aggregation(column="amount", function="mean", window="1h", name="amount_sum_1h"),
        Aggregation(column="amount", function="sum", window="1h", resolution="1m"),
        Aggregation(column="amount", function="sum", window="1h", delay="1h", name="amount_sum_1h"),
    ],
)
def test_what_changes_values_makes_a_version(feature: Aggregation) -> None:
    assert _version(replace(VIEW, features=[feature])) != _version(VIEW)


def test_features_of_one_column_share_a_state() -> None:
    """A sum, and means over two windows, keep one partial state."""
    features = [
        Aggregation(column="amount", function="sum", window="1h"),
        Aggregation(column="amount", function="mean", window="1h"),
        Aggregation(column="amount", function="mean", window="6h"),
    ]
    compiled = compile_services([replace(SERVICE, views=[replace(VIEW, features=features)])])
    assert compiled.views["shop_sales"].tile_sets[0].slots == (registry.SlotSpec("amount", "sum"),)


def test_two_definitions_of_one_name_are_refused() -> None:
    other = replace(VIEW, source=replace(SALES, columns={"shop_id": "string", "amount": "int64"}))
    services = [SERVICE, FeatureService(name="other", views=[other])]
    with pytest.raises(DefinitionError, match="two different definitions have this name"):
        compile_services(services)


def test_a_registry_survives_being_written(tmp_path: Path) -> None:
    compiled = compile_services([SERVICE])
    file = tmp_path / "registry.json"
    file.write_bytes(registry.dump(compiled))
    assert registry.load(file) == compiled


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"{", "compile the definitions anew"), (b'{"format": 2}', "compile the definitions anew")],
)
def test_a_broken_registry_says_what_to_do(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "registry.json"
    file.write_bytes(content)
    with pytest.raises(RegistryError, match=complaint):
        registry.load(file)


def test_a_registry_of_another_format_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    file.write_bytes(registry.dump(compile_services([SERVICE])).replace(b'"format": 2', b'"format": 3'))
    with pytest.raises(RegistryError, match="format 3, this code reads format 2"):
        registry.load(file)


def test_a_missing_registry_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="headwater apply"):
        registry.load(tmp_path / "registry.json")


def test_changes_tell_new_versions_from_new_words() -> None:
    before = compile_services([SERVICE])
    described = compile_services([replace(SERVICE, views=[replace(VIEW, description="Words")])])
    wider = replace(VIEW, features=[Aggregation(column="amount", function="sum", window="2h")])
    widened = compile_services([replace(SERVICE, views=[wider])])
    assert [change.effect for change in changes.compare(before, described)] == ["described"]
    assert [change.effect for change in changes.compare(before, widened)] == ["new version"]
    assert {change.effect for change in changes.compare(None, before)} == {"added"}
    assert changes.compare(before, before) == []


def test_buckets_of_a_source_change_no_value_and_no_version() -> None:
    before = compile_services([SERVICE])
    divided = replace(VIEW, source=replace(VIEW.source, bucketed_by="shop_id", buckets=16))
    after = compile_services([replace(SERVICE, views=[divided])])
    [change] = changes.compare(before, after)
    assert (change.kind, change.effect) == ("source", "compatible")
    assert "no row is written again" in change.detail
    assert not changes.needs_fill(before, after)


def test_a_package_without_services_is_refused() -> None:
    with pytest.raises(DefinitionError, match="no FeatureService"):
        load_services("headwater.online")


def test_a_package_that_is_not_there_is_refused() -> None:
    with pytest.raises(DefinitionError, match="name an importable package"):
        load_services("no_such_package")


def test_a_view_whose_pages_could_outgrow_an_online_value_is_refused() -> None:
    greedy = replace(VIEW, features=[Aggregation(column="amount", function="last_n", n=100, window="1h")])
    with pytest.raises(DefinitionError, match=r"a page of its tiles can take .* last_n:100 of 'amount'"):
        compile_services([replace(SERVICE, views=[greedy])])
