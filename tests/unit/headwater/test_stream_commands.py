"""What the command shows of letters, whose records anybody may have written."""

import json

import pytest

from headwater import stream_commands
from headwater.stream.replay import ReplayReport


@pytest.fixture
def report() -> ReplayReport:
    """Two letters that went back, and one that did not."""
    made = ReplayReport()
    made.add("put back", "Expected `float | null`, got `str` - at `$.data.amount`", "sale-1")
    made.add("put back", "Expected `float | null`, got `str` - at `$.data.amount`", "[red]sale[/red]")
    made.add("kept", "JSON is malformed", "shardId-000000000000:49")
    return made


def test_what_an_id_holds_does_not_style_the_terminal(
    report: ReplayReport, capsys: pytest.CaptureFixture[str]
) -> None:
    stream_commands._print(report, dry_run=False)
    assert "[red]" in capsys.readouterr().out


def test_a_dry_run_says_what_would_be(report: ReplayReport, capsys: pytest.CaptureFixture[str]) -> None:
    stream_commands._print(report, dry_run=True)
    assert "3 letters: 2 would go back, 1 would stay. Nothing was changed." in capsys.readouterr().out


def test_the_summary_counts_letters_by_outcome_and_cause(report: ReplayReport) -> None:
    summary = json.loads(stream_commands._json(report, "prod", dry_run=False))
    assert {name: summary[name] for name in ("letters", "put_back", "delivered_again", "kept")} == {
        "letters": 3,
        "put_back": 2,
        "delivered_again": 0,
        "kept": 1,
    }
    assert [each["examples"] for each in summary["causes"]] == [
        ["sale-1", "[red]sale[/red]"],
        ["shardId-000000000000:49"],
    ]
