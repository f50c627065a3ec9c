"""Entry point of ``pulumi up``."""

import os

import pulumi

from headwater.errors import HeadwaterError


def main() -> None:
    """Run the program; Pulumi shows a `RunError` by its message, of another error where it was raised.

    Raises:
        pulumi.RunError: A package is missing, or the program refused its surroundings.
    """
    try:
        from infra.stacks.program import program  # noqa: PLC0415 (so that a missing package is told of below)

        program(os.environ)
    except ModuleNotFoundError as error:
        raise pulumi.RunError(f"{error}: the environment .venv is not set up; run `make setup`") from error
    except HeadwaterError as error:
        raise pulumi.RunError(str(error)) from error


main()
