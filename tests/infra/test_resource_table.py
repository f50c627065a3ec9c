"""The page that says where each resource is defined is complete and not out of date."""

import re
from pathlib import Path

import pytest

from infra.local.graph import Graph
from infra.preview.resource_table import page, recorded, written
from tests.infra.graphs import ENVIRONMENTS, PEOPLE, READINESS, ROOT, Declared, declare

_LINK = re.compile(r"\| `(?P<kind>\w+\.\w+)` \|.*\(\.\./(?P<file>[^)#]+)#L(?P<line>\d+)\)")


@pytest.fixture(scope="module")
def graphs() -> dict[str, Graph]:
    """The graph of each environment."""
    return {environment: declare(environment).graph for environment in ENVIRONMENTS}


def test_the_committed_page_is_of_what_is_declared(graphs: dict[str, Graph]) -> None:
    """When it is not: ``make docs``."""
    assert (ROOT / "docs" / "resources.md").read_text() == page(ROOT, graphs)


def test_every_type_of_an_environment_has_a_row(graphs: dict[str, Graph], declared: Declared) -> None:
    shown = {match["kind"].lower() for match in _LINK.finditer(page(ROOT, graphs))}
    made = {each.type for each in declared.graph.resources.values() if each.type.startswith("aws:")}
    assert {f"{kind.split(':')[1].split('/')[0]}.{kind.split(':')[2]}".lower() for kind in made} <= shown


def test_every_link_leads_to_the_line_that_declares_the_type(graphs: dict[str, Graph]) -> None:
    for match in _LINK.finditer(page(ROOT, graphs)):
        line = (ROOT / match["file"]).read_text().splitlines()[int(match["line"]) - 1]
        assert f".{match['kind'].partition('.')[2]}(" in line, match[0]


def test_what_is_recorded_is_found_in_the_source_too() -> None:
    """So that what no environment makes is found as well."""
    lines = {(each.file, each.line) for each in written(ROOT)}
    found = recorded(ROOT, declare("prod", PEOPLE | READINESS).graph)
    assert [each for each in found if (each.file, each.line) not in lines] == []


def test_what_no_environment_makes_is_there_as_a_choice(graphs: dict[str, Graph]) -> None:
    rows = page(ROOT, graphs).splitlines()
    [row] = [each for each in rows if "`elasticache.ServerlessCache`" in each]
    assert "| by choice |" in row


def test_a_component_that_calls_no_provider_has_no_row(tmp_path: Path) -> None:
    folder = tmp_path / "infra" / "components"
    folder.mkdir(parents=True)
    (folder / "made.py").write_text(
        "class Made:\n    def __init__(self):\n        aws.s3.Bucket('a', opts=1)\n        aws.s3.BucketArgs(x=1)\n        print()\n"
    )
    assert [(each.kind, each.component, each.line) for each in written(tmp_path)] == [
        ("s3.Bucket", "Made", 3)
    ]
