"""What `python -m dr` makes of wrong input: each is refused by name, and nothing is begun."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dr.commands import app
from dr.errors import FailoverError
from dr.journal import Journal
from headwater.errors import HeadwaterError, SettingsError

EAST, WEST = "us-east-1", "us-west-2"
WAYS = ["--from", EAST, "--to", WEST]


def _outputs(folder: Path, region: str, environment: str = "prod") -> None:
    """A region whose stores are at ports where nobody listens."""
    folder.mkdir(exist_ok=True)
    nobody = "http://127.0.0.1:9"
    content = {
        "environment": environment,
        "region": region,
        "event_stream_name": "events",
        "archive_stream_name": "archive",
        "bucket_name": f"offline-{region}",
        "glue_database": "headwater",
        "online_table_name": "online",
        "redis_url": "redis://127.0.0.1:9",
        "stream_function_name": "stream",
        "lookup_function_name": "lookup",
        "lookup_url": nobody,
        "dead_letter_queue_url": nobody,
        "endpoint_url": nobody,
    }
    (folder / f"{region}.json").write_text(json.dumps(content))


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """Outputs of two regions."""
    for region in (EAST, WEST):
        _outputs(tmp_path / "outputs", region)
    return tmp_path / "outputs"


def _run(outputs: Path, command: str, *words: str, run: str = "one", answer: str = "") -> Any:
    journal = outputs.parent / "journal.jsonl"
    line = [command, "--env", "prod", "--run", run, "--outputs", str(outputs), "--journal", str(journal)]
    return CliRunner().invoke(app, [*line, *words], input=answer)


def _refused(outputs: Path, command: str, *words: str, run: str = "one") -> HeadwaterError:
    error = _run(outputs, command, *words, run=run).exception
    assert isinstance(error, HeadwaterError)
    return error


def _words_of(command: str, folder: Path) -> list[str]:
    """What a command needs beside its ways."""
    (folder / "stream.zip").write_bytes(b"zip")
    return {"rollback": ["--code", str(folder / "stream.zip")]}.get(command, [])


COMMANDS = pytest.mark.parametrize("command", ["failover", "switch", "failback", "rollback"])


@COMMANDS
def test_a_region_without_outputs_is_refused_and_those_that_have_some_are_named(
    command: str, outputs: Path
) -> None:
    words = _words_of(command, outputs.parent)
    error = _refused(outputs, command, "--from", EAST, "--to", "eu-west-1", *words)
    assert "region 'eu-west-1': no outputs of it; choose of us-east-1, us-west-2" in str(error)


@COMMANDS
def test_a_region_that_would_be_left_for_itself_is_refused(command: str, outputs: Path) -> None:
    words = _words_of(command, outputs.parent)
    assert "both left and gone to" in str(_refused(outputs, command, "--from", EAST, "--to", EAST, *words))


@pytest.mark.parametrize("saved", [[], [EAST]], ids=["none", "one"])
def test_fewer_outputs_than_of_two_regions_are_refused(saved: list[str], tmp_path: Path) -> None:
    for region in saved:
        _outputs(tmp_path / "outputs", region)
    error = _refused(tmp_path / "outputs", "failover", *WAYS)
    assert isinstance(error, SettingsError)
    assert f"found {len(saved)}, expected the outputs of at least two" in str(error)


def test_outputs_of_another_environment_are_refused(outputs: Path) -> None:
    _outputs(outputs, WEST, environment="staging")
    assert "found outputs of staging, expected those of 'prod'" in str(_refused(outputs, "failover", *WAYS))


@pytest.mark.parametrize(
    ("left", "taken", "command"), [(WEST, EAST, "failover"), (EAST, WEST, "switch")], ids=["ways", "plan"]
)
def test_the_name_of_a_run_that_was_begun_for_something_else_is_refused(
    left: str, taken: str, command: str, outputs: Path
) -> None:
    Journal(outputs.parent / "journal.jsonl", "one").agree(plan="failover", left=EAST, taken=WEST)
    error = _refused(outputs, command, "--from", left, "--to", taken, "--yes")
    assert f"was begun for plan failover, left {EAST}, taken {WEST}, and is now asked for" in str(error)


def test_a_way_back_from_no_failover_is_refused(outputs: Path) -> None:
    words = _words_of("failback", outputs.parent)
    assert "run 'two': " in str(error := _refused(outputs, "failback", *WAYS, *words, "--yes", run="two"))
    assert "has no failover of that name that moved the pointer" in str(error)


def test_a_way_back_whose_regions_are_the_wrong_way_round_is_refused(outputs: Path) -> None:
    """It would stop the region that works."""
    journal = Journal(outputs.parent / "journal.jsonl", "one")
    journal.agree(plan="failover", left=EAST, taken=WEST)
    journal.add("point", "ended")
    words = _words_of("failback", outputs.parent)
    error = _refused(outputs, "failback", "--from", WEST, "--to", EAST, *words, "--yes")
    assert f"is now asked for plan failover, left {WEST}, taken {EAST}" in str(error)


@pytest.mark.parametrize("answer", ["n\n", ""], ids=["no", "nothing"])
def test_without_a_yes_nothing_is_begun(answer: str, outputs: Path) -> None:
    result = _run(outputs, "failover", *WAYS, answer=answer)
    assert result.exit_code != 0
    assert not isinstance(result.exception, HeadwaterError)
    assert not (outputs.parent / "journal.jsonl").exists()


def test_a_step_that_fails_is_in_the_journal_and_the_command_says_how_to_go_on(outputs: Path) -> None:
    error = _refused(outputs, "failover", *WAYS, "--yes")
    assert isinstance(error, FailoverError)
    assert "step 'preflight': " in str(error)
    assert "run the command again: it goes on here" in str(error)
    entries = Journal(outputs.parent / "journal.jsonl", "one").entries()
    assert [(entry.step, entry.kind) for entry in entries][1:] == [
        ("preflight", "started"),
        ("preflight", "failed"),
    ]


def test_an_unknown_plan_is_refused_and_those_there_are_named() -> None:
    error = CliRunner().invoke(app, ["plan", "--env", "prod", "--name", "flight"]).exception
    assert "plan 'flight': unknown; choose one of failover, switch, failback, rollback" in str(error)


def test_an_unknown_scenario_is_refused_and_those_there_are_named(tmp_path: Path) -> None:
    error = CliRunner().invoke(app, ["drill", "--name", "flood", "--out", str(tmp_path)]).exception
    assert "scenario 'flood': unknown; choose of region_killed" in str(error)
