"""What is said to stay after a destroy is what the program protects, retains or needs for it."""

from collections.abc import Callable

import pytest
import typer
from typer.testing import CliRunner

from infra.local.graph import Graph
from infra.preview import commands
from infra.preview.retained import NEEDED, PROTECTED, RETAINED, Left, left
from tests.infra.graphs import PEOPLE, Declared, declare, program

_NO_NODES = {
    ("recoveryRegion", ""),
    ("recoveryExperiments", "false"),
    ("cacheShards", "0"),
    ("cacheReplicas", "0"),
    ("cacheDurability", "none"),
    ("cacheTls", "true"),
}


@pytest.fixture(scope="module")
def prod() -> Graph:
    """The graph of prod."""
    return declare("prod").graph


def _by(found: list[Left], why: str) -> set[str]:
    return {each.resource for each in found if each.why == why}


def test_what_is_protected_stays_and_is_said_to(declared: Declared) -> None:
    expected = {each.name for each in declared.graph.resources.values() if each.custom and each.protect}
    assert _by(left(declared.graph, emulated=False), PROTECTED) == expected


def test_what_is_retained_is_never_left_out(environment: str) -> None:
    graph = declare(environment, PEOPLE).graph
    expected = {each.name for each in graph.resources.values() if each.custom and each.retained}
    assert expected
    assert expected <= {each.resource for each in left(graph, emulated=False)}


def test_what_something_protected_needs_stays_with_it(prod: Graph) -> None:
    needed = _by(left(prod, emulated=False), NEEDED)
    assert {"cache-parameters", "cache-subnets", "headwater-prod-us-east-1-network-vpc"} <= needed
    assert not needed & {"stream-stream-function", "lookup-url"}


def test_feature_groups_stay_although_nothing_protects_them() -> None:
    found = left(declare("dev", PEOPLE).graph, emulated=False)
    assert {each.kind for each in found if each.why == RETAINED} == {"Feature group"}


def test_everything_retained_has_a_way_to_go(environment: str) -> None:
    for changes in (PEOPLE, PEOPLE | {("cacheKind", "serverless"), *_NO_NODES}):
        found = left(declare(environment, frozenset(changes)).graph, emulated=False)
        assert [each for each in found if not each.removal] == []


def test_where_nothing_is_protected_only_what_aws_keeps_itself_stays() -> None:
    found = left(declare("dev").graph, emulated=False)
    assert [(each.kind, each.name) for each in found] == [
        ("Key", "keys-key-id"),
        ("Backup", "headwater-dev-us-east-1-online"),
        ("Log groups", "/aws-glue/jobs/…"),
    ]


def test_an_emulator_keeps_nothing() -> None:
    assert left(declare("local").graph, emulated=True) == []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Runs the command for an environment, without building files; gives what it prints."""
    monkeypatch.setattr("infra.stacks.program.program", program)
    app = typer.Typer()
    commands.register(app)

    def invoke(environment: str) -> str:
        shown = CliRunner().invoke(app, ["retained", "--env", environment])
        assert shown.exit_code == 0
        return shown.output

    return invoke


def test_the_command_says_what_protected_means_and_how_to_go_on(run: Callable[[str], str]) -> None:
    shown = run("prod")
    assert "protected: `pulumi destroy` refuses" in shown
    assert "set headwater:protect to false" in shown


def test_an_environment_in_an_emulator_is_known_by_its_configuration(run: Callable[[str], str]) -> None:
    assert run("local") == "local: nothing stays.\n"
