"""Which environments a checkout has. Without Pulumi, whose start is long for who only asks that."""

from pathlib import Path

from headwater.errors import SettingsError


def names(root: Path) -> list[str]:
    """Names of the environments of a checkout, sorted."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))


def check(root: Path, environment: str) -> None:
    """Refuse an environment that a checkout does not have.

    Raises:
        SettingsError: It has none of that name.
    """
    known = names(root)
    if environment not in known:
        raise SettingsError(f"environment {environment!r}: unknown; choose one of {', '.join(known)}")
