r"""Glue job: online stores filled from the event log, up to a cut-over.

python glue_scripts/backfill.py --cutover 2024-05-01T00:00:00Z \
    --registry features/registry.json --outputs .headwater/outputs/prod.json
"""

import sys

from feature_jobs import arguments
from feature_jobs.spark_jobs import fill
from headwater import registry


def main(given: list[str]) -> None:
    """Run the job."""
    parser = arguments.parser("Fill the online stores from the event log, up to a cut-over.")
    parser.add_argument(
        "--cutover",
        type=arguments.instant_us,
        help="instant with an offset; default: where the stream took over",
    )
    found = arguments.parse(parser, given)
    outputs = arguments.outputs_of(found)
    fill(arguments.session(found), registry.load(found.registry), found.database, outputs, found.cutover)


if __name__ == "__main__":
    main(sys.argv[1:])
