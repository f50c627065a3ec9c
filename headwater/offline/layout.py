"""How tables of the event log are laid out in Iceberg, whoever creates them.

Partitions are hidden: readers filter by ``event_time``, and Iceberg finds the days. Within a file events stand by
entity and time, so that what a column repeats is small and an entity's rows lie together. All of it can
be changed without writing a row again: what is there keeps its layout until it is compacted.
"""

from typing import NamedTuple

from headwater.registry import Registry, SourceSpec

FORMAT_VERSION = "format-version"
"""Said when a table is made; it is no property of a table that is there."""

PROPERTIES = {
    FORMAT_VERSION: "2",
    "write.target-file-size-bytes": str(256 * 2**20),
    # Writers bring a partition's rows together first, so that a commit adds a file or two to each.
    "write.distribution-mode": "hash",
    # What Spark finds in a table already it leaves where it is, instead of writing those files again.
    "write.merge.mode": "merge-on-read",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "100",
    "commit.retry.num-retries": "10",
}
"""Of every table."""


class Layout(NamedTuple):
    """Layout of a source's table.

    Attributes:
        sorted_by: Columns that rows of a file are ordered by.
        bucketed_by: Column whose hash divides each day; None: a day is not divided.
        buckets: Into how many.
    """

    sorted_by: tuple[str, ...]
    bucketed_by: str | None
    buckets: int

    @property
    def bucket_field(self) -> str:
        """Name of the partition field of the buckets."""
        return f"{self.bucketed_by}_bucket_{self.buckets}"


def layout_of(registry: Registry, source: SourceSpec) -> Layout:
    """Layout of a source's table."""
    known = [registry, *([registry.next] if registry.next else [])]
    views = [view for definitions in known for view in definitions.views_on(source.name)]
    keys = {key.column for view in views for key in view.keys}
    entity = [column for column in source.columns if column in keys]
    return Layout((*entity, "event_time"), source.bucketed_by, source.buckets)
