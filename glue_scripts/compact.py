"""Glue job: small files of the event logs joined, old snapshots expired.

python glue_scripts/compact.py --registry features/registry.json --outputs .headwater/outputs/prod.json
"""

import sys

from feature_jobs import arguments
from feature_jobs.spark_jobs import look_after
from headwater import registry


def main(given: list[str]) -> None:
    """Run the job."""
    parser = arguments.parser("Join small files of the event logs, and expire old snapshots.")
    parser.add_argument("--sources", nargs="*", default=[], help="whose logs; default: all")
    parser.add_argument("--keep-days", type=int, default=7, help="snapshots younger than this stay")
    found = arguments.parse(parser, given)
    look_after(
        arguments.session(found),
        registry.load(found.registry),
        found.database,
        sources=found.sources,
        prefix=found.class_prefix,
        keep_days=found.keep_days,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
