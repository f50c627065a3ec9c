"""Which environments a checkout has. Without Pulumi, whose start is long for who only asks that."""

from pathlib import Path


def names(root: Path) -> list[str]:
    """Names of the environments of a checkout, sorted."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
