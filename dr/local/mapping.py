"""Stands in for Lambda's event source mapping of a region's stream: a thread for each shard.

The emulator's own goes on behind a batch of which a part failed; this one does what AWS does: a shard's records in
their order, and from the first failed one again. It calls the deployed function through Lambda's API. It is a process
of its own, and dies with its region.
"""

import base64
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dr import regions
from dr.local_stream import restart_of
from headwater.environment import Environment

_IDLE_S = 0.25
"""AWS asks each shard four times a second."""

_PATIENCE_S = 70.0
_BATCH = 1_000


class Shard:
    """Reads one shard.

    Args:
        outputs: Of the region's stack.
        shard_id: The shard.
        start: ``TRIM_HORIZON`` or ``LATEST``.
        restart: File by whose presence it is told to go on from the end of the shard; it is removed then.
    """

    def __init__(self, outputs: Environment, shard_id: str, start: str, restart: Path) -> None:
        config = Config(read_timeout=_PATIENCE_S, retries={"total_max_attempts": 1})
        self._kinesis = outputs.client("kinesis", config=config)
        self._lambda = outputs.client("lambda", config=config)
        self._outputs = outputs
        self._shard_id = shard_id
        self._restart = restart
        self._iterator = self._start(start)
        self._waiting: list[dict[str, Any]] = []

    def run(self) -> None:
        """Read until the process ends."""
        while True:
            try:
                if not self._step():
                    time.sleep(_IDLE_S)
            except (BotoCoreError, ClientError) as error:
                print(f"{self._shard_id}: {error}", file=sys.stderr, flush=True)  # noqa: T201 (its log)
                time.sleep(_IDLE_S)

    def _step(self) -> bool:
        """Deliver what waits; False: there is nothing, or it failed."""
        if self._restart.exists():
            self._waiting, self._iterator = [], self._start("LATEST")
            self._restart.unlink(missing_ok=True)
        if not self._waiting:
            answer = self._kinesis.get_records(ShardIterator=self._iterator, Limit=_BATCH)
            self._iterator = answer["NextShardIterator"]
            self._waiting = answer["Records"]
        if not self._waiting:
            return False
        delivered = self._waiting
        self._waiting = self._failed(delivered)
        return len(self._waiting) < len(delivered)

    def _failed(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Invoke the function; return the records from the first failed one on."""
        try:
            response = self._lambda.invoke(
                FunctionName=self._outputs.stream_function_name, Payload=self._event(records)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "TooManyRequestsException":
                return records
            raise
        answer = json.loads(response["Payload"].read())
        if response.get("FunctionError"):
            print(f"{self._shard_id}: {answer}", file=sys.stderr, flush=True)  # noqa: T201 (its log)
            return records
        failed = {int(item["itemIdentifier"]) for item in answer.get("batchItemFailures", [])}
        if not failed:
            return []
        return [record for record in records if int(record["SequenceNumber"]) >= min(failed)]

    def _event(self, records: list[dict[str, Any]]) -> bytes:
        return json.dumps(
            {
                "Records": [
                    {
                        "eventSource": "aws:kinesis",
                        "awsRegion": self._outputs.region,
                        "eventID": f"{self._shard_id}:{record['SequenceNumber']}",
                        "kinesis": {
                            "sequenceNumber": record["SequenceNumber"],
                            "partitionKey": record["PartitionKey"],
                            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
                            "data": base64.b64encode(record["Data"]).decode(),
                        },
                    }
                    for record in records
                ]
            }
        ).encode()

    def _start(self, where: str) -> str:
        iterator: str = self._kinesis.get_shard_iterator(
            StreamName=self._outputs.event_stream_name, ShardId=self._shard_id, ShardIteratorType=where
        )["ShardIterator"]
        return iterator


def main(outputs_file: str, start: str, restart_file: str) -> None:
    """Read every shard of a region's stream, as long as the process lives."""
    outputs = regions.read(Path(outputs_file)).outputs
    shards = outputs.client("kinesis").list_shards(StreamName=outputs.event_stream_name)["Shards"]
    threads = [
        threading.Thread(
            target=Shard(
                outputs, shard["ShardId"], start, restart_of(Path(restart_file), shard["ShardId"])
            ).run
        )
        for shard in shards
    ]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
