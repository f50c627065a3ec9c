r"""Glue job: new rows of tables of facts, brought into the event log and online.

python glue_scripts/materialize.py --tables accounts=lake.crm.accounts,plans=s3://lake/plans/ \
    --registry features/registry.json --outputs .headwater/outputs/prod.json
"""

import sys

from feature_jobs import arguments
from feature_jobs.spark_jobs import bring_tables
from headwater import registry


def main(given: list[str]) -> None:
    """Run the job."""
    parser = arguments.parser("Bring the new rows of tables into the event log and online.")
    parser.add_argument(
        "--tables",
        type=arguments.pairs,
        default={},
        help="source=table or source=folder of Parquet files, with commas between; default: none",
    )
    found = arguments.parse(parser, given)
    outputs = arguments.outputs_of(found)
    bring_tables(
        arguments.session(found), registry.load(found.registry), found.database, outputs, found.tables
    )


if __name__ == "__main__":
    main(sys.argv[1:])
