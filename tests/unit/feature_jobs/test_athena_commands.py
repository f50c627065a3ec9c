"""The commands for Athena."""

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from headwater import cli

ROOT = Path(__file__).parents[3]


def test_the_command_of_the_docs_prints_the_statement_that_was_reviewed() -> None:
    docs = (ROOT / "docs" / "athena.md").read_text()
    found = re.search(r"^    headwater (athena-sql (?:.*\\\n)*.*)$", docs, re.MULTILINE)
    assert found is not None
    result = CliRunner().invoke(cli.build(), shlex.split(found[1].replace("\\\n", " ")))
    assert result.exit_code == 0, result.output
    assert result.stdout == (ROOT / "tests" / "golden" / "athena_flight_delay.sql").read_text()
