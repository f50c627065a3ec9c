"""Upkeep of Iceberg tables: small files joined, old snapshots and files nobody refers to removed.

Through Iceberg's actions rather than its SQL procedures, which not every jar of it can run.
"""

from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession

DAY_MS = 24 * 60 * 60 * 1000


class Upkeep(NamedTuple):
    """What was done to a table.

    Attributes:
        rewritten_files: Small files that were joined.
        added_files: Those they became.
        rewritten_bytes: Of the small files.
        expired_files: Data files that only expired snapshots had.
    """

    rewritten_files: int
    added_files: int
    rewritten_bytes: int
    expired_files: int


class IcebergUpkeep:
    """Iceberg's actions. Each is one commit or none: killed, it can be run again.

    Args:
        spark: A session with an Iceberg catalog.
        prefix: Of Iceberg's class names, with its last dot, where its jar has them relocated.
    """

    def __init__(self, spark: SparkSession, prefix: str = "") -> None:
        # Spark for Python has no other way to what only Java has.
        self._java_session: Any = spark._jsparkSession  # noqa: SLF001
        package: Any = spark._jvm  # noqa: SLF001
        for name in f"{prefix}org.apache.iceberg".split("."):
            package = getattr(package, name)
        self._iceberg = package

    def run(
        self,
        table: str,
        *,
        now_ms: int,
        keep_ms: int = 7 * DAY_MS,
        keep_snapshots: int = 10,
        min_files: int = 5,
    ) -> Upkeep:
        """Join small files and expire snapshots.

        Args:
            table: With catalog and database.
            now_ms: The time.
            keep_ms: Snapshots younger than this stay; those with a tag stay as long as it.
            keep_snapshots: As many stay, however old.
            min_files: As many small files of one partition are worth joining.
        """
        loaded = self._load(table)
        rewrite = self._actions().rewriteDataFiles(loaded).option("min-input-files", str(min_files))
        rewritten = (rewrite.sort() if loaded.sortOrder().isSorted() else rewrite.binPack()).execute()
        expire = self._actions().expireSnapshots(loaded)
        expired = expire.expireOlderThan(now_ms - keep_ms).retainLast(keep_snapshots).execute()
        return Upkeep(
            rewritten.rewrittenDataFilesCount(),
            rewritten.addedDataFilesCount(),
            rewritten.rewrittenBytesCount(),
            expired.deletedDataFilesCount(),
        )

    def remove_orphans(self, table: str, *, until_ms: int, listed: DataFrame | None = None) -> int:
        """Remove files that no snapshot has, such as those of a job that was killed.

        Args:
            table: With catalog and database.
            until_ms: Files written before this; younger ones may be of a job that has not committed yet. Three
                days ago is safe.
            listed: The table's files as ``file_path`` and ``last_modified``; None: Spark lists them, for which its
                file system must know the table's.

        Returns:
            How many were removed.
        """
        action = self._actions().deleteOrphanFiles(self._load(table))
        if listed is not None:
            action = action.compareToFileList(listed._jdf)  # noqa: SLF001 (as above)
        return sum(1 for _ in action.olderThan(until_ms).execute().orphanFileLocations())

    def _actions(self) -> Any:
        return self._iceberg.spark.actions.SparkActions.get(self._java_session)

    def _load(self, table: str) -> Any:
        return self._iceberg.spark.Spark3Util.loadIcebergTable(self._java_session, table)
