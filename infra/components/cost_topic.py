"""The topic that is told of money: apart from the alarms, which wake somebody."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

_TELLING = ("budgets.amazonaws.com", "cloudwatch.amazonaws.com", "costalerts.amazonaws.com")


@dataclass(frozen=True, kw_only=True)
class CostTopicArgs:
    """Arguments of `CostTopic`.

    Attributes:
        topic_name: Name of the topic.
        account_id: Account whose budgets, anomalies and alarms are told of.
        key_arn: Key of the topic; it has to let the services use it that tell.
    """

    topic_name: str
    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]


class CostTopic(pulumi.ComponentResource):
    """SNS topic, open to the services that tell of costs, for this account alone."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CostTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create topic and policy."""
        super().__init__("headwater:platform:CostTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            f"{name}-topic", name=args.topic_name, kms_master_key_id=args.key_arn, opts=child
        )
        publish = {
            "Sid": "TellOfCosts",
            "Effect": "Allow",
            "Principal": {"Service": list(_TELLING)},
            "Action": "sns:Publish",
            "Resource": topic.arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": args.account_id}},
        }
        policy = aws.sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [publish]}),
            opts=child,
        )
        # A subscription of anomalies is refused as long as the service may not publish.
        self.topic_arn = policy.arn
        self.register_outputs({"topic_arn": self.topic_arn})
