"""The command line as a user meets it: help with examples, exit codes, one-piece errors, JSON on request."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from headwater import cli, registry
from headwater.commands import REGISTRY

_COMMANDS = get_command(cli.build()).commands  # type: ignore[attr-defined]  # a group has commands

_EXPORT = ("flight_delay", "--name", "model-7", "--labels", "no.parquet", "--label", "late")


def _headwater(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = "from headwater.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_commands_of_every_room_are_found() -> None:
    expected = {
        "up",
        "down",
        "outputs",
        "plan",
        "apply",
        "training-set",
        "athena-sql",
        "athena-training-set",
        "ingest",
        "materialize",
        "backfill",
        "replicate-tables",
        "lookup",
        "serve",
        "switch",
        "job",
        "run-machine",
        "preview",
        "retained",
        "export",
        "replay-dead-letters",
        "sagemaker",
    }
    assert expected | {"demo", "bundle"} == set(_COMMANDS)


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_help_shows_an_example(name: str) -> None:
    result = CliRunner().invoke(cli.build(), [name, "--help"])
    assert result.exit_code == 0
    assert f"Example: headwater {name}" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["up", "prod"], "pulumi up -s prod"),
        (["down", "prod"], "pulumi destroy -s prod"),
        (["down", "nope"], "'nope': unknown; choose one of dev, local, prod, staging"),
        (["lookup", "flight_delay", "{}", "--env", "nowhere"], "no outputs at"),
        (["replay-dead-letters", "--env", "nowhere"], "no outputs at"),
        (["lookup", "flight_delay", "{bad"], "give a JSON object"),
        (["plan", "--definitions", "nowhere"], "nowhere"),
        (["backfill", "--cutover", "2013-12-01T00:00:00"], "RFC 3339 with an offset"),
        (["replicate-tables", "--to-env", "west"], "--env: found neither a name nor a file"),
        (["demo", "--live-month", "3", "--history-from", "5"], "live month 3"),
        (["preview", "--env", "prod", "--component", "online"], "found without --diagram"),
        (["demo", "--share", "0"], "above 0 and up to 1"),
        (
            ["athena-sql", "flight_delay", "--labels-table", "lab.t", "--from", "2013-12-01T00:00:00Z"],
            "found one of them, expected both",
        ),
        (
            ["athena-training-set", "flight_delay", "--labels", "no.parquet", "--out", "out.parquet"],
            "no such file",
        ),
        (["sagemaker", "export", *_EXPORT, "--gap", "12h"], "found without --validation-from"),
        (["sagemaker", "export", *_EXPORT, "--validation-from", "2013-12-01"], "RFC 3339 with an offset"),
        (["sagemaker", "export", *_EXPORT], "no.parquet: no such file"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_1(arguments: list[str], told: str, tmp_path: Path) -> None:
    result = _headwater(*arguments, folder=tmp_path)
    assert result.returncode == 1
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert _headwater("nope", folder=tmp_path).returncode == 2


def test_plan_says_what_apply_does_and_apply_does_it_once(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"

    def run(command: str) -> list[dict[str, str]]:
        result = CliRunner().invoke(cli.build(), [command, "--registry", str(file), "--json"])
        assert result.exit_code == 0, result.output
        found: list[dict[str, str]] = json.loads(result.output)
        return found

    planned = run("plan")
    assert not file.exists()
    assert {change["effect"] for change in planned} == {"added"}
    assert run("apply") == planned
    assert registry.load(file) == registry.load(REGISTRY)
    assert run("plan") == run("apply") == []
