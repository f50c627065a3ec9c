"""The pages on components: made from the program as it is, with examples that run."""

import importlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from headwater.errors import InputError
from infra.local import graph
from infra.local.graph import Graph
from infra.preview import pages, unbuilt
from infra.preview.component_diagram import draw_component
from infra.preview.components import components
from infra.preview.recording import record
from tests.infra.graphs import PEOPLE, READINESS, ROOT, answer, declare, echo

_EXAMPLES = sorted(
    file.stem for file in (ROOT / pages.EXAMPLES).glob("*.py") if not file.stem.startswith("_")
)


@cache
def _prod(changes: frozenset[tuple[str, str]]) -> Graph:
    return record(ROOT, "prod", unbuilt.program, dict(changes))


def _page_of(folder: Path, text: str) -> Path:
    file = folder / pages.FOLDER / "page.md"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


def test_every_page_and_drawing_is_of_what_is_declared() -> None:
    """When one is not: ``make docs``."""
    made = pages.make(ROOT, _prod)
    assert [str(file) for file, content in made.items() if (ROOT / file).read_text() != content] == []


def test_no_drawing_is_left_over() -> None:
    drawn = {file.stem for file in (ROOT / pages.FOLDER).glob("*.svg")}
    assert drawn == {file.stem for file in (ROOT / pages.FOLDER).glob("*.md")} - {"README"}


def test_every_outermost_component_has_a_page() -> None:
    told = "\n".join(file.read_text() for file in (ROOT / pages.FOLDER).glob("*.md"))
    operated = frozenset({("trust", "operator=arn:aws:iam::123456789012:role/on-call")})
    kinds = {
        component.kind
        for changes in (PEOPLE | READINESS, operated)
        for component in components(declare("prod", changes).graph).values()
    }
    assert sorted(kind for kind in kinds if f" {kind} -->" not in told) == []


def test_every_key_of_the_configuration_is_on_a_page() -> None:
    told = "\n".join(file.read_text() for file in (ROOT / pages.FOLDER).glob("*.md"))
    assert sorted(key for key in pages.meanings_of_keys() if f"| `{key}` |" not in told) == []


@pytest.mark.parametrize("name", _EXAMPLES)
def test_the_example_declares_its_component_by_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    example: Callable[[], None] = importlib.import_module(f"examples.components.{name}").declare
    made = graph.run(example, {}, environment="lab", create=echo, call=answer)
    [component] = components(made).values()
    page = (ROOT / pages.FOLDER / f"{name.replace('_', '-')}.md").read_text()
    assert re.search(rf"<!-- made: outputs \S+ {component.kind} -->", page)
    assert component.resources


def test_a_mark_that_asks_for_nothing_we_make_is_refused(tmp_path: Path) -> None:
    _page_of(tmp_path, "<!-- made: prices -->\n<!-- end -->\n")
    with pytest.raises(InputError, match="found a mark of 'prices', expected one of contents, drawing"):
        pages.make(tmp_path, _prod)


def test_what_is_written_by_hand_stays(tmp_path: Path) -> None:
    _page_of(
        tmp_path, "# Ours\n\n<!-- made: outputs infra.components.keys Keys -->\nold\n<!-- end -->\nours\n"
    )
    [text] = pages.make(tmp_path, _prod).values()
    assert text.startswith("# Ours\n\n<!-- made: outputs")
    assert text.endswith("| `key_arn` | text |\n<!-- end -->\nours\n")


def test_a_component_that_is_not_there_is_refused() -> None:
    prod = _prod(frozenset())
    expected = "component 'none': not in this environment; choose one of (.*)"
    with pytest.raises(InputError, match=expected) as refused:
        draw_component(prod, "none")
    names = re.fullmatch(expected, str(refused.value))
    assert names is not None
    # Names to choose from are in the order of the alphabet, not of the program.
    assert names[1].split(", ") == sorted(component.name for component in components(prod).values())


def test_a_drawing_shows_each_kind_what_it_uses_and_who_uses_it() -> None:
    drawn = draw_component(_prod(frozenset()), "stream")
    texts = set(re.findall(r">([^<]+)</text>", drawn))
    assert {"Event source mapping", "Role policy", "Queue"} <= texts
    assert {"Online store", "Event stream", "Keys"} <= texts
    assert "jobs, uses it" in texts
