"""Files that commands write."""

from pathlib import Path

import typer

from cost.errors import CostError


def write(file: Path, content: str) -> None:
    """Write a file and say so on standard error.

    Raises:
        CostError: It cannot be written.
    """
    try:
        file.write_text(content)
    except OSError as error:
        raise CostError(f"{file}: {error}; name a file that can be written") from error
    typer.echo(f"written: {file}", err=True)
