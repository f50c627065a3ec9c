"""An answer of preflight, and how a question that has none is told: it counts as a refusal, never as leave to go on."""

from collections.abc import Callable
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from headwater.errors import HeadwaterError

_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")


class Check(NamedTuple):
    """One answer."""

    name: str
    found: str
    expected: str
    passed: bool


def asked(name: str, expected: str, ask: Callable[[], list[Check]]) -> list[Check]:
    """Ask; what cannot be asked is one failed check that says why.

    Args:
        name: Of that check.
        expected: What it would have to be.
        ask: Asks.
    """
    try:
        return ask()
    except (BotoCoreError, ClientError, HeadwaterError) as error:
        return [Check(name, unanswered(error), expected, False)]


def at_least(name: str, found: float | None, least: float, unit: str = "") -> Check:
    """A check that something is enough; None: nobody says how much there is."""
    return Check(
        name,
        "unknown" if found is None else f"{found:g}{unit}",
        f"at least {least:g}{unit}",
        found is not None and found >= least,
    )


def at_most(name: str, found: float | None, most: float, unit: str = "") -> Check:
    """A check that something is not too much; None: nobody says how much there is."""
    return Check(
        name,
        "unknown" if found is None else f"{found:g}{unit}",
        f"at most {most:g}{unit}",
        found is not None and found <= most,
    )


def is_so(name: str, found: Any, expected: str) -> Check:
    """A check that something is as it has to be."""
    return Check(name, str(found), expected, found == expected)


def unanswered(error: Exception) -> str:
    """Why there is no answer; a permission that is missing is named."""
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in _DENIED:
        return (
            f"not permitted to call {error.operation_name}; allow it to whoever runs this (role `operator`)"
        )
    return f"could not be asked: {error}"
