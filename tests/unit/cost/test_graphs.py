"""What is recorded of an environment is of the program as it is, and nothing in it is unknown."""

from pathlib import Path

import pytest

from cost import graphs, resources
from cost.errors import GraphError
from tests.costs import ENVIRONMENTS, graph_of
from tests.infra.graphs import ALONE, PEOPLE, READINESS, declare

_OTHERS = (
    frozenset(ALONE.items()) | {("cacheKind", "serverless"), ("cacheShards", "0"), ("cacheReplicas", "0")},
    frozenset(ALONE.items())
    | {
        ("tableReadMinimum", "5"),
        ("tableReadMaximum", "50"),
        ("tableWriteMinimum", "5"),
        ("tableWriteMaximum", "50"),
    },
    PEOPLE,
    READINESS,
)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_committed_graph_is_of_what_is_declared(environment: str) -> None:
    """When it is not: ``make docs``."""
    committed = (graphs.ROOT / graphs.file_of(environment)).read_bytes()
    assert graphs.encode(graphs.record(environment)) == committed


@pytest.mark.parametrize("changes", _OTHERS, ids=["serverless", "provisioned", "people", "readiness"])
def test_every_type_there_can_be_is_priced_or_free_with_a_reason(changes: frozenset[tuple[str, str]]) -> None:
    made = {each.type for each in declare("prod", changes).graph.resources.values() if each.custom}
    assert made - set(resources.PRICED) - set(resources.FREE) == set()


def test_no_type_is_both_priced_and_free() -> None:
    assert set(resources.PRICED) & set(resources.FREE) == set()


def test_a_type_nobody_has_thought_of_is_an_error_that_names_it() -> None:
    with pytest.raises(GraphError, match="resource 'pool': type 'aws:ec2/fleet:Fleet' is neither priced nor"):
        resources.facts_of("aws:ec2/fleet:Fleet", "pool", {})


def test_a_graph_is_read_and_not_recorded_while_nothing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "record", None)
    graph, anew = graphs.load("prod")
    assert (graph.environment, anew) == ("prod", False)


def test_a_graph_is_recorded_anew_when_what_it_is_made_of_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(graphs, "fingerprint", lambda _files: "other")
    other = graph_of("dev")
    monkeypatch.setattr(graphs, "record", lambda _environment, _root: other)
    assert graphs.load("prod") == (other, True)


def test_files_have_the_hashes_that_git_gives_them(tmp_path: Path) -> None:
    (tmp_path / "cost").mkdir()
    (tmp_path / "cost" / "graphs.py").write_text("one = 1\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "unrelated.py").write_text("two = 2\n")
    for arguments in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=x", "-c", "user.email=x@y.z", "commit", "-qm", "x"),
    ):
        graphs.git(tmp_path, *arguments)
    found = graphs.blobs(tmp_path, "dev")
    assert sorted(found) == ["Pulumi.dev.yaml", "cost/graphs.py"]
    assert graphs.blobs_at(tmp_path, "dev", "HEAD") == found


def test_a_commit_that_git_does_not_know_is_an_error() -> None:
    with pytest.raises(GraphError, match="name a commit that this checkout has"):
        graphs.blobs_at(graphs.ROOT, "prod", "nowhere")
