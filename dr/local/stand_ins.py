"""What stands in for AWS in the drill, for whoever reads its figures."""

STAND_INS = (
    (
        "Route 53's health checks",
        "threads that ask both stores of each region once a second; three answers in a row decide",
    ),
    (
        "DynamoDB global tables",
        (
            "a thread in each direction that reads the table ten times a second and copies each key's last write, 0.3 s "
            "after it: the last write wins, by when it was seen in its region"
        ),
    ),
    (
        "S3 replication",
        "a thread in each direction that copies versions of objects, 1.2 s after they came, and no marks of deletion",
    ),
    ("ElastiCache Global Datastore", "two Redis servers, of which one replicates the other by itself"),
    (
        "Lambda's event source mapping",
        (
            "a process that invokes the deployed function, shard by shard and in order, and again from the first failed "
            "record; without bisecting, age limit and destination for failures"
        ),
    ),
    (
        "the network between regions",
        "ports that pass, refuse, fall silent, or answer as DynamoDB does when it fails",
    ),
    ("schedules of jobs", "processes that ingest, or let tables follow, two seconds after they last did"),
    (
        "DynamoDB, Kinesis, S3, Firehose, Glue, Lambda, SQS",
        "MiniStack, an emulator in a process for each region",
    ),
)
"""What AWS has, and what is there instead."""
