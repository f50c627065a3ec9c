"""Backups of the table and of the bucket, in the vault at home and in the one of a third region."""

from collections.abc import Iterator

from cost.estimate.context import Situation
from cost.estimate.offline import stored as in_bucket
from cost.estimate.offline import written
from cost.estimate.table import stored
from cost.estimate.terms import BYTES_A_GB, DAYS, Item, Term, declared, number
from cost.graphs import Declared

_A_DAY = Term("backups a month", number(DAYS), "backups", "graph: one a day")


def items(found: Situation) -> Iterator[Item]:
    """What vaults keep, and what is sent to the one in another region."""
    for plan in found.of("Plan"):
        if plan.type != "aws:backup/plan:Plan":
            continue
        chosen = next(each for each in found.of("Selection") if each.component == plan.component)
        vaults = [each.region for each in found.of("Vault") if each.region != plan.region]
        for region, days in (
            (plan.region, plan.facts["days"]),
            *((away, plan.facts["copy_days"]) for away in vaults),
        ):
            yield from _of_table(found, plan, region, days)
            if chosen.facts["bucket"]:
                yield from _of_bucket(found, plan, region, days)


def _of_table(found: Situation, plan: Declared, region: str, days: int) -> Iterator[Item]:
    """A backup of a table is whole, each time."""
    kept = declared(plan.name, "backups kept, one a day", days, "backups")
    for view in found.views:
        pages = stored(found, view)
        yield Item(
            plan.component,
            "backup.dynamodb",
            region,
            view.name,
            "backups of the table",
            "GB-month",
            (*pages, kept),
        )
        if region != plan.region:
            yield Item(
                plan.component,
                "data_transfer.between_regions",
                plan.region,
                view.name,
                f"backups of the table copied to {region}",
                "GB",
                (*pages, _A_DAY),
            )


def _of_bucket(found: Situation, plan: Declared, region: str, days: int) -> Iterator[Item]:
    """A backup of a bucket is what is new since the last one, with every version that is still there.

    What is gone from the bucket stays in the vault until the last backup that has it expires.
    """
    for name, terms in in_bucket(found, declared(plan.name, "backups kept", days, "days")):
        yield Item(
            plan.component,
            "backup.s3",
            region,
            None,
            f"backups of the bucket: {name}",
            "GB-month",
            (*terms, BYTES_A_GB),
        )
    if region != plan.region:
        for name, terms in written(found):
            yield Item(
                plan.component,
                "data_transfer.between_regions",
                plan.region,
                None,
                f"backups of the bucket copied to {region}: {name}",
                "GB",
                (*terms, BYTES_A_GB),
            )
