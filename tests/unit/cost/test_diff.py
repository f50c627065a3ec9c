"""What a change costs: of definitions, of environments, of commits; as Markdown."""

import re
import shutil
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from cost import diff, graphs
from cost.diff import Side
from cost.errors import GraphError
from cost.graphs import ROOT
from cost.usage import assumptions
from features import flights
from headwater import registry
from headwater.compiler import compile_services
from headwater.definitions import FeatureService, FeatureView, aggregations
from tests.costs import definitions, graph_of, prices, usage_of

USAGE = assumptions.FOLDER / "prod.yaml"


def _side(name: str) -> Side:
    return Side(name, graph_of(name), definitions(), usage_of(name))


def _compiled(folder: Path, *views: FeatureView) -> Path:
    file = folder / f"{len(views)}.json"
    service = FeatureService(name="flight_delay", views=(*flights.flight_delay.views, *views))
    file.write_bytes(registry.dump(compile_services([service])))
    return file


def test_a_view_with_a_longer_window_is_what_has_become_dearer(tmp_path: Path) -> None:
    month = FeatureView(
        name="airport_month",
        entity=flights.airport,
        source=flights.departures,
        features=aggregations("dep_delay", ["mean"], over=("30d",)),
    )
    before, after = (
        diff.of_registry(graph_of("prod"), file, USAGE)
        for file in (_compiled(tmp_path), _compiled(tmp_path, month))
    )
    old, new = diff.compare(before, after, prices())
    by_view = {change.line.view for change in diff.changes(old, new) if change.before is None}
    assert by_view == {"airport_month"}
    said = diff.markdown(before, after, prices())
    assert said.startswith("### Cost: +")
    assert re.search(r"\| airport_month \| \+[\d,.]+ \|", said)
    assert "new: sources.departures.events" in said


def test_the_table_by_component_adds_up_to_the_change() -> None:
    said = diff.markdown(_side("staging"), _side("prod"), prices())
    table = said.partition("| component |")[2].partition("\n\n")[0]
    amounts = [Decimal(found.replace(",", "")) for found in re.findall(r"\| ([+-][\d,.]+) \|", table)]
    headline = re.search(r"### Cost: ([+-][\d,.]+) USD", said)
    assert headline is not None
    assert sum(amounts) == Decimal(headline[1].replace(",", ""))


def test_a_side_compared_with_itself_has_not_changed() -> None:
    said = diff.markdown(_side("dev"), _side("dev"), prices())
    assert "+0.00 USD" in said
    assert "No line costs more or less." in said


def test_a_line_says_which_factor_has_moved() -> None:
    more = usage_of("prod").changed("services.flight_delay.lookups", Decimal(6000))
    after = Side("more", graph_of("prod"), definitions(), more)
    old, new = diff.compare(_side("prod"), after, prices())
    [asked] = [change for change in diff.changes(old, new) if change.line.name == "invocations, flight_delay"]
    assert diff.why(asked) == "services.flight_delay.lookups: 3,000 → 6,000 lookups/s"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with two commits: the second one has more lookups."""
    files = ("features/registry.json", "cost/usage/prod.yaml", "Pulumi.prod.yaml", graphs.file_of("prod"))
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    own = graphs.fingerprint(graphs.blobs(tmp_path, "prod"))
    graphs.save(msgspec.structs.replace(graph_of("prod"), fingerprint=own), tmp_path)
    graphs.git(tmp_path, "init", "-q", "-b", "main")
    _commit(tmp_path)
    graphs.git(tmp_path, "tag", "before")
    assumed = tmp_path / "cost" / "usage" / "prod.yaml"
    assumed.write_text(assumed.read_text().replace("2_000 to 4_000 lookups/s", "6_000 lookups/s"))
    _commit(tmp_path)
    return tmp_path


def _commit(folder: Path) -> None:
    graphs.git(folder, "add", ".")
    graphs.git(folder, "-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x")


def test_two_commits_are_compared_by_what_each_has(checkout: Path) -> None:
    before, after = (diff.at_commit(name, "prod", None, checkout) for name in ("before", "main"))
    assert (
        str(before.usage.services["flight_delay"].lookups),
        str(after.usage.services["flight_delay"].lookups),
    ) == (
        "2000 to 4000 lookups/s",
        "6000 lookups/s",
    )
    assert "services.flight_delay.lookups: 3,000 → 6,000 lookups/s" in diff.markdown(before, after, prices())


def test_a_commit_whose_graph_is_of_something_else_is_an_error(checkout: Path) -> None:
    (checkout / "Pulumi.prod.yaml").write_text("config: {}\n")
    _commit(checkout)
    with pytest.raises(GraphError, match=r"graph cost/graphs/prod\.json at main: found the fingerprint"):
        diff.at_commit("main", "prod", None, checkout)


def test_a_commit_before_there_were_graphs_is_an_error(checkout: Path) -> None:
    graphs.git(checkout, "rm", "-q", graphs.file_of("prod"))
    _commit(checkout)
    with pytest.raises(GraphError, match="git show main:"):
        diff.at_commit("main", "prod", None, checkout)
