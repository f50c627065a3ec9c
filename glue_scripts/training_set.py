r"""Glue job: the training set of a service.

python glue_scripts/training_set.py --service flight_delay --team fraud --labels may --out may \
    --registry features/registry.json --outputs .headwater/outputs/prod.json
"""

import sys

from feature_jobs import arguments, training_folders
from feature_jobs.spark_jobs import build_training_set
from headwater import registry


def main(given: list[str]) -> None:
    """Run the job."""
    parser = arguments.parser("Add a service's features to label rows, point in time.")
    parser.add_argument("--service", required=True)
    training_folders.add_to(parser)
    parser.add_argument("--timestamp", default="event_time", help="column of the instants")
    parser.add_argument("--mode", choices=["as_known", "as_happened"], default="as_known")
    parser.add_argument("--tag", default="", help="tag what is read, to build the same rows again")
    parser.add_argument("--at-tag", default="", help="read what was tagged so")
    found = arguments.parse(parser, given)
    with training_folders.opened(found) as folders:
        build_training_set(
            arguments.session(found),
            registry.load(found.registry),
            found.database,
            service=found.service,
            labels=folders.labels,
            out=folders.out,
            timestamp_column=found.timestamp,
            mode=found.mode,
            tag=found.tag,
            at_tag=found.at_tag,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
