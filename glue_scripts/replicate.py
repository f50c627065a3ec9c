r"""Glue job: tables of this region, as far as the files of another's have arrived, unless producers write in this one.

python glue_scripts/replicate.py --source-region us-east-1 --source-bucket tables-in-the-east \
    --source-database headwater_prod --outputs .headwater/outputs/prod-west.json
"""

import sys

from msgspec import structs

from feature_jobs import arguments
from feature_jobs.follow import follow
from feature_jobs.lead import lead_of
from feature_jobs.replicate import Replication


def main(given: list[str]) -> None:
    """Run the job."""
    parser = arguments.parser("Let tables be what has arrived of those of another region.")
    parser.add_argument("--source-region", required=True, help="region whose tables are followed")
    parser.add_argument("--source-bucket", required=True, help="bucket of their files")
    parser.add_argument("--source-database", required=True, help="Glue database of theirs")
    parser.add_argument(
        "--most-seconds-behind", type=float, default=3600, help="fail when a commit is missing for longer"
    )
    found = arguments.parse(parser, given)
    target = arguments.outputs_of(found)
    # Of the other region only these are read; nothing else of it has to be known.
    source = structs.replace(
        target,
        region=found.source_region,
        bucket_name=found.source_bucket,
        glue_database=found.source_database,
    )
    follow(Replication(source, target, fence=lead_of(target).check), found.most_seconds_behind, print)


if __name__ == "__main__":
    main(sys.argv[1:])
