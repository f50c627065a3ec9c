"""Glue job: small files of tables joined, old snapshots expired, files of nobody removed.

python glue_scripts/compact.py --registry features/registry.json --outputs .headwater/outputs/prod.json
"""

import sys

from feature_jobs import arguments
from feature_jobs.spark_jobs import look_after
from headwater import registry


def main(given: list[str]) -> None:
    """Run the job."""
    parser = arguments.parser("Join small files, expire old snapshots, remove files of nobody.")
    parser.add_argument(
        "--sources", type=arguments.words, default=[], help="whose logs, with commas; default: every table"
    )
    parser.add_argument("--keep-days", type=int, default=7, help="snapshots younger than this stay")
    parser.add_argument("--orphan-days", type=int, default=3, help="files of nobody younger than this stay")
    found = arguments.parse(parser, given)
    spark = arguments.session(found)
    look_after(
        spark,
        registry.load(found.registry),
        found.database,
        sources=found.sources,
        prefix=found.class_prefix,
        keep_days=found.keep_days,
        orphan_days=found.orphan_days,
        files_of=arguments.files_of(found, spark),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
