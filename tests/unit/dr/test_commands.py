"""What `python -m dr` makes of wrong input: each is refused by name, and nothing is begun."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dr import commands, preflight
from dr.commands import app
from dr.errors import FailoverError
from dr.journal import Journal
from dr.moves import Moves
from dr.plan import PLANS
from headwater.errors import HeadwaterError, SettingsError
from headwater.stream.pointer import Pointer

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


def _purpose(plan: str = "failover", environment: str = "prod") -> dict[str, str]:
    return {"environment": environment, "plan": plan, "left": EAST, "taken": WEST}


COMMANDS = pytest.mark.parametrize("command", ["failover", "switch", "release", "failback", "rollback"])


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


def test_without_a_drill_there_are_no_local_regions(tmp_path: Path) -> None:
    error = CliRunner().invoke(app, ["status", "--env", "local", "--outputs", str(tmp_path)]).exception
    assert (
        "found 0, expected the outputs of at least two; two local regions are there while `make drill` runs"
        in str(error)
    )


def test_outputs_of_another_environment_are_refused(outputs: Path) -> None:
    _outputs(outputs, WEST, environment="staging")
    assert "found outputs of staging, expected those of 'prod'" in str(_refused(outputs, "failover", *WAYS))


@pytest.mark.parametrize(
    ("left", "taken", "command"), [(WEST, EAST, "failover"), (EAST, WEST, "switch")], ids=["ways", "plan"]
)
def test_the_name_of_a_run_that_was_begun_for_something_else_is_refused(
    left: str, taken: str, command: str, outputs: Path
) -> None:
    Journal(outputs.parent / "journal.jsonl", "one").agree(**_purpose())
    error = _refused(outputs, command, "--from", left, "--to", taken, "--yes")
    assert f"plan failover, left {EAST}, taken {WEST}, and is now asked for" in str(error)


@pytest.mark.parametrize("command", ["failover", "switch"])
def test_a_run_of_another_environment_is_refused(command: str, outputs: Path) -> None:
    """Its steps that have ended would be taken for this one's, and nothing would be done."""
    journal = Journal(outputs.parent / "journal.jsonl", "one")
    journal.agree(**_purpose(command, "staging"))
    for step in PLANS[command].steps:
        journal.add(step.name, "ended")
    assert "was begun for environment staging" in str(_refused(outputs, command, *WAYS, "--yes"))


def _ended(outputs: Path, command: str) -> None:
    journal = Journal(outputs.parent / "journal.jsonl", "one")
    journal.agree(**_purpose(command))
    for step in PLANS[command].steps:
        journal.add(step.name, "ended", **({"epoch": 2, "region": WEST} if step.name == "point" else {}))


@pytest.mark.parametrize("command", ["failover", "switch"])
def test_a_run_that_has_ended_says_so_while_producers_are_where_it_moved_them(
    command: str, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ended(outputs, command)
    monkeypatch.setattr(Moves, "current", lambda _moves: Pointer(2, WEST, True, 0))
    result = _run(outputs, command, *WAYS, "--yes")
    assert result.exit_code == 0
    assert "run 'one': has ended before" in result.output


@pytest.mark.parametrize("command", ["failover", "switch"])
def test_a_run_that_ended_long_ago_is_not_taken_for_one_of_now(
    command: str, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ended(outputs, command)
    monkeypatch.setattr(Moves, "current", lambda _moves: Pointer(4, EAST, True, 0))
    error = _refused(outputs, command, *WAYS, "--yes")
    assert (
        f"moved producers to {WEST} in epoch 2, and found them in epoch 4 at {EAST}; nothing was done"
        in str(error)
    )


def test_two_operators_cannot_run_a_plan_with_one_journal_at_once(outputs: Path) -> None:
    with Journal(outputs.parent / "journal.jsonl", "other").held():
        assert "another operator runs a plan with it now" in str(
            _refused(outputs, "failover", *WAYS, "--yes")
        )
    assert "step 'preflight'" in str(_refused(outputs, "failover", *WAYS, "--yes"))


def test_an_interrupted_command_says_that_it_goes_on_and_the_journal_has_it(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_asked: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(preflight, "check", interrupted)
    result = _run(outputs, "failover", *WAYS, "--yes")
    assert result.exit_code != 0
    assert "interrupted; the same command goes on here" in result.output
    [*_, last] = Journal(outputs.parent / "journal.jsonl", "one").entries()
    assert (last.step, last.kind, last.detail) == ("preflight", "failed", {"error": "interrupted"})


@pytest.mark.parametrize(
    "words",
    [
        *(["--max-lag", value] for value in ("nan", "inf", "-1", "soon")),
        *(["--well-until", value] for value in ("nan", "0", "-5", "1e15")),
        ["--producers", "-1"],
    ],
    ids=" ".join,
)
def test_an_option_that_would_pass_any_limit_is_refused(words: list[str], outputs: Path) -> None:
    result = _run(outputs, "failover", *WAYS, "--yes", *words)
    assert result.exit_code == 2
    assert not (outputs.parent / "journal.jsonl").exists()


def test_code_that_is_not_there_is_refused(outputs: Path) -> None:
    assert _run(outputs, "rollback", *WAYS, "--yes", "--code", str(outputs / "none.zip")).exit_code == 2


def test_a_run_without_a_name_is_refused(outputs: Path) -> None:
    assert "has no name" in str(_refused(outputs, "failover", *WAYS, "--yes", run=" "))


def test_a_switch_that_holds_nobody_back_cannot_be_given_up(outputs: Path) -> None:
    error = _refused(outputs, "release", *WAYS, "--yes")
    assert "found no switch that holds producers back" in str(error)
    assert Journal(outputs.parent / "journal.jsonl", "one").entries() == []


def test_a_dry_run_says_what_was_done_before_and_changes_nothing(outputs: Path) -> None:
    journal = Journal(outputs.parent / "journal.jsonl", "one")
    journal.add("preflight", "ended")
    journal.add("point", "ended")
    before = journal.file.read_bytes()
    result = _run(outputs, "failover", *WAYS, "--dry-run")
    assert "done before: point" in result.output
    assert "would recover:" in result.output
    assert "BELOW LIMIT: where producers write: could not be asked" in result.output
    assert journal.file.read_bytes() == before


@pytest.mark.parametrize("command", ["release", "rollback"])
def test_a_dry_run_of_a_plan_without_preflight_asks_nothing(command: str, outputs: Path) -> None:
    result = _run(outputs, command, *WAYS, *_words_of(command, outputs.parent), "--dry-run")
    assert "LIMIT" not in result.output
    assert result.exit_code == 0


def test_a_way_back_from_no_failover_is_refused(outputs: Path) -> None:
    words = _words_of("failback", outputs.parent)
    assert "run 'two': " in str(error := _refused(outputs, "failback", *WAYS, *words, "--yes", run="two"))
    assert "has no failover of that name that moved the pointer" in str(error)


def test_a_way_back_whose_regions_are_the_wrong_way_round_is_refused(outputs: Path) -> None:
    """It would stop the region that works."""
    journal = Journal(outputs.parent / "journal.jsonl", "one")
    journal.agree(**_purpose())
    journal.add("point", "ended")
    words = _words_of("failback", outputs.parent)
    error = _refused(outputs, "failback", "--from", WEST, "--to", EAST, *words, "--yes")
    assert f"plan failover, left {WEST}, taken {EAST}; give" in str(error)


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
    assert "plan 'flight': unknown; choose one of failover, switch, release, failback, rollback" in str(error)


def test_a_plan_of_an_unknown_environment_is_refused() -> None:
    error = CliRunner().invoke(app, ["plan", "--env", "prud"]).exception
    assert "environment 'prud': unknown; choose one of dev, local, prod, staging" in str(error)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["plan"], 2, "Missing option '--env'"),
        (["plan", "--env", "prud"], 1, "SettingsError: environment 'prud': unknown"),
    ],
    ids=["usage", "ours"],
)
def test_wrong_input_is_told_in_one_piece_and_by_an_exit_code(
    words: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["dr", *words])
    with pytest.raises(SystemExit) as ended:
        commands.main()
    shown = capsys.readouterr()
    assert (ended.value.code, shown.out) == (code, "")
    assert said in shown.err
    assert "Traceback" not in shown.err


def test_a_drill_whose_results_cannot_be_kept_is_not_begun(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    result = CliRunner().invoke(app, ["drill", "--name", "region_killed", "--out", str(file)])
    assert result.exit_code == 2
    assert "--out" in result.output


def test_an_unknown_scenario_is_refused_and_those_there_are_named(tmp_path: Path) -> None:
    error = CliRunner().invoke(app, ["drill", "--name", "flood", "--out", str(tmp_path)]).exception
    assert "scenario 'flood': unknown; choose of region_killed" in str(error)


def test_an_operator_does_not_wait_for_what_only_the_drill_needs() -> None:
    asked = "import sys, dr.commands; print(*sorted({'pulumi', 'pyiceberg', 'pyarrow'} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []
