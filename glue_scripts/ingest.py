"""Glue job: what has landed, moved into the event log and the log of what was served.

python glue_scripts/ingest.py --registry features/registry.json --outputs .headwater/outputs/prod.json
"""

import sys

from feature_jobs import arguments
from feature_jobs.spark_jobs import move_landed
from headwater import registry


def main(given: list[str]) -> None:
    """Run the job."""
    parser = arguments.parser("Move archived events, and what was served, into their tables.")
    parser.add_argument("--landing", help="folder where they landed, with --warehouse; default: the bucket")
    found = arguments.parse(parser, given)
    landing = arguments.landing(found)
    move_landed(arguments.session(found), registry.load(found.registry), found.database, landing)


if __name__ == "__main__":
    main(sys.argv[1:])
