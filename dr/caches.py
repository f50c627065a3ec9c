"""The caches of two regions: which is written, which follows it, and how a region gets one that is up to date.

What there is say each region's outputs: an emulator has plain Redis servers; on AWS groups of nodes in both regions are
members of a Global Datastore; else each cache is apart, or a region has none.
"""

from typing import Any, Protocol

from dr.errors import FailoverError
from dr.global_datastore import GlobalDatastore
from dr.journal import Journal
from dr.plain_caches import PlainCaches
from dr.regions import Region
from dr.separate_caches import SeparateCaches


class Caches(Protocol):
    """What is done to the caches when producers move from one region to another. All of it may be done again."""

    @property
    def replicate(self) -> bool:
        """Whether one is a copy of the other by itself."""

    def promote(self) -> dict[str, Any]:
        """Let the region that goes on write its cache, without asking the other region anything.

        Raises:
            HeadwaterError: It cannot be done now.
        """

    def swap(self) -> dict[str, Any]:
        """Let the region that is gone to write, and the other follow; both are well.

        Raises:
            HeadwaterError: It cannot be done now.
        """

    def rejoin(self, journal: Journal, deleting: str) -> dict[str, Any]:
        """Let the cache of the region that was lost follow that of the other.

        Args:
            journal: Of the way back.
            deleting: Name of the one cache whose content may be deleted for it; empty: none.

        Raises:
            HeadwaterError: It cannot be done now.
        """


def of(left: Region, taken: Region) -> Caches:
    """The caches of two regions.

    Raises:
        FailoverError: The regions do not fit together.
    """
    if left.is_local != taken.is_local:
        raise FailoverError(
            f"regions {left.name} and {taken.name}: found an emulator and AWS, expected two of a kind; name a folder with "
            "outputs of one environment"
        )
    if left.is_local and left.has_cache and taken.has_cache:
        return PlainCaches(left, taken)
    both = left.outputs.cache_group_name and taken.outputs.cache_group_name
    return GlobalDatastore(left, taken) if both else SeparateCaches(left, taken)
