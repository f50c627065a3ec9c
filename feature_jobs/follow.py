"""Lets the tables of a region follow another's, and fails when they do not: what the clock runs."""

from collections.abc import Callable

import msgspec

from feature_jobs.replicate import Outcome, Replication
from headwater.errors import HeadwaterError, StoreError
from headwater.offline.replica.reports import Report


def follow(replication: Replication, most_seconds_behind: float, told: Callable[[str], None]) -> None:
    """Bring every table along, and tell of each how far it is; in a region that leads, tell that and leave them alone.

    Args:
        replication: From the one region to the other.
        most_seconds_behind: Age of the oldest commit that may still be missing.
        told: Told a line of JSON a table, and one more where the region leads.

    Raises:
        HeadwaterError: A table could not be brought along, or is further behind than it may be. The others have been
            brought along.
    """
    found = replication.run_each()
    for report in found.reports:
        told(msgspec.json.encode(report._asdict()).decode())
    if found.leads is not None:
        # What was refused before was written here meanwhile, or is the concern of whoever goes back.
        line = {"follows": False, "why": str(found.leads), "refused": [str(each) for each in found.refused]}
        told(msgspec.json.encode(line).decode())
        return
    late: list[HeadwaterError] = [
        _late(report, most_seconds_behind)
        for report in found.reports
        if report.seconds_behind > most_seconds_behind
    ]
    Outcome(found.reports, [*found.refused, *late]).check()


def _late(report: Report, most_seconds_behind: float) -> StoreError:
    return StoreError(
        f"table {report.table!r}: found {report.seconds_behind:,.0f} s behind the region it follows, in "
        f"{report.commits_behind:,} commits, expected at most {most_seconds_behind:,.0f}; see the metrics of the "
        "replication of that region's bucket: files of those commits have not arrived"
    )
