"""What is shown of an environment before it is made."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from headwater.errors import InputError
from infra.local.graph import Graph
from infra.preview import unbuilt
from infra.preview.commands import preview
from infra.preview.components import components, uses
from infra.preview.diagram import draw
from infra.preview.recording import record
from infra.preview.tree import listing, tree
from tests.infra.graphs import ROOT, declare, program


@pytest.fixture(scope="module")
def prod() -> Graph:
    """What is deployed in prod."""
    return record(ROOT, "prod", unbuilt.program)


def _listed(found: list[dict[str, Any]], name: str) -> dict[str, Any]:
    [resource] = [each for each in found if each["name"] == name]
    return resource


def test_every_resource_is_listed_under_its_component(environment: str) -> None:
    found = listing(record(ROOT, environment, program))
    expected = [
        each.name for each in declare(environment).graph.resources.values() if each.custom and each.parent
    ]
    assert sorted(each["name"] for each in found) == sorted(expected)
    assert all(each["component"] for each in found)


def test_settings_are_what_was_given_without_what_is_wired(prod: Graph) -> None:
    table = _listed(listing(prod), "online-table")
    assert table["settings"]["pointInTimeRecovery.enabled"] == "true"
    assert table["settings"]["protect"] == "true"
    assert "serverSideEncryption.kmsKeyArn" not in table["settings"]
    assert table["depends_on"] == ["keys-key"]


def test_the_tree_shows_every_resource(prod: Graph) -> None:
    console = Console(width=400, record=True, file=StringIO())
    console.print(tree(prod, "prod"))
    shown = console.export_text()
    assert [
        each.name
        for each in prod.resources.values()
        if each.custom and each.parent and each.name not in shown
    ] == []


def test_a_drawing_that_cannot_be_written_is_refused(
    prod: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("infra.preview.commands.record", lambda *_: prod)
    with pytest.raises(InputError, match="; name a file that can be written"):
        preview("prod", diagram=tmp_path / "nowhere" / "x.svg")


def test_components_use_whose_resources_theirs_depend_on(prod: Graph) -> None:
    found = components(prod)
    used = uses(prod, found)
    by_kind = {
        found[urn].kind: {found[each].kind for each in others}
        for urn, others in used.items()
        if found[urn].region == "us-east-1"
    }
    assert by_kind["Keys"] == set()
    assert {"EventStream", "OnlineStore", "Keys"} <= by_kind["StreamProcessor"]


def test_the_committed_drawing_is_of_what_is_deployed_in_prod(prod: Graph) -> None:
    """When it is not: ``make docs``."""
    assert (ROOT / "docs" / "architecture.svg").read_text() == draw(prod, "prod")
