"""SQS queues and SNS topics."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, document, whole


@creates("aws:sqs/queue:Queue")
def create_queue(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a queue."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(
        QueueName=inputs["name"],
        Attributes={
            "MessageRetentionPeriod": str(whole(inputs, "messageRetentionSeconds", 345_600)),
            "KmsMasterKeyId": inputs["kmsMasterKeyId"],
        },
    )["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Created(url, {"url": url, "arn": arn})


@creates("aws:sns/topic:Topic")
def create_topic(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a topic."""
    arn = cloud.client("sns").create_topic(
        Name=inputs["name"], Attributes={"KmsMasterKeyId": inputs["kmsMasterKeyId"]}
    )["TopicArn"]
    return Created(arn, {"arn": arn})


@creates("aws:sns/topicPolicy:TopicPolicy")
def set_topic_policy(cloud: Cloud, inputs: Inputs) -> Created:
    """Say who may publish on a topic."""
    cloud.client("sns").set_topic_attributes(
        TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=document(inputs["policy"])
    )
    return Created(inputs["arn"], {})
