"""A stack of two regions puts out both; an operator's commands want a file of each (`regions.load`)."""

from pathlib import Path

import msgspec

from headwater import environment as environments
from headwater.environment import Environment
from headwater.errors import SettingsError


class _Stack(msgspec.Struct):
    environment: str = ""
    regions: dict[str, msgspec.Raw] = {}


def save(root: Path, environment: str, printed: bytes) -> list[Path]:
    """Write the outputs of each region into the environment's folder; what is there of other regions goes.

    Args:
        root: The checkout.
        environment: Name of the environment.
        printed: What ``pulumi stack output --json`` printed.

    Returns:
        The files, by region.

    Raises:
        SettingsError: It is no output of a stack of two regions, or one of another environment.
    """
    stack = f"outputs of the stack {environment!r}"
    try:
        found = msgspec.json.decode(printed, type=_Stack)
        opened = {
            region: msgspec.json.decode(content, type=Environment)
            for region, content in found.regions.items()
        }
    except msgspec.MsgspecError as error:
        raise SettingsError(
            f"{stack}: {error}; hand over what `pulumi stack output --json -s {environment}` prints"
        ) from error
    if found.environment != environment:
        raise SettingsError(
            f"{stack}: found those of {found.environment!r}; hand over what `pulumi stack output --json -s "
            f"{environment}` prints"
        )
    if not opened:
        raise SettingsError(
            f"{stack}: found one region, expected two; set headwater:recoveryRegion in Pulumi.{environment}.yaml and "
            "deploy it"
        )
    wrong = [region for region, outputs in opened.items() if outputs.region != region]
    if wrong:
        raise SettingsError(
            f"{stack}: found outputs of another region below {wrong[0]!r}; deploy this release"
        )
    folder = root / environments.FOLDER / environment
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    files = [folder / f"{region}.json" for region in sorted(opened)]
    for file in files:
        file.write_bytes(msgspec.json.format(bytes(found.regions[file.stem]), indent=2) + b"\n")
    return files
