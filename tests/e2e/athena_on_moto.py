"""Run by `test_athena` in the environment of awswrangler: a training set against moto, which runs no SQL.

What Athena would leave is put where it would be. The job then submits, waits, reads and cleans up as on AWS.
"""

import json
import sys
from pathlib import Path

import boto3
import msgspec
import pyarrow.parquet as pq
from moto import mock_aws

from headwater import registry
from headwater.environment import Environment
from headwater.offline.athena.engine import training_set
from headwater.offline.athena.wrangler import AthenaEngine

RUN = "run1"


def main(folder: Path) -> None:
    """Build the training set of a folder's files, and say what came of it."""
    outputs = msgspec.json.decode((folder / "outputs.json").read_bytes(), type=Environment)
    labels = pq.read_table(folder / "labels.parquet")
    with mock_aws():
        s3 = boto3.client("s3", region_name=outputs.region)
        glue = boto3.client("glue", region_name=outputs.region)
        athena = boto3.client("athena", region_name=outputs.region)
        s3.create_bucket(Bucket=outputs.bucket_name)
        glue.create_database(DatabaseInput={"Name": outputs.glue_database})
        answered = f"athena/{RUN}/answered/"
        left = {
            "q1_file1": (folder / "answered.parquet").read_bytes(),
            "q1-manifest.csv": b"s3://",
            "q1.metadata": b"?",
        }
        for name, content in left.items():
            s3.put_object(Bucket=outputs.bucket_name, Key=answered + name, Body=content)
        engine = AthenaEngine(outputs, run=RUN)
        made = training_set(labels, registry.load(folder / "registry.json"), "model", engine)
        [execution] = athena.list_query_executions()["QueryExecutionIds"]
        query = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        kept = s3.list_objects_v2(Bucket=outputs.bucket_name).get("Contents", [])
        tables = glue.get_tables(DatabaseName=outputs.glue_database)["TableList"]
    pq.write_table(made, folder / "out.parquet")
    said = {"query": query["Query"], "objects": len(kept), "tables": len(tables)}
    (folder / "said.json").write_text(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
