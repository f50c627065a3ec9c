"""Which types of resources cost money, what of a resource decides how much, and which cost nothing and why.

A type that stands in neither list is an error: nothing is left out by not being thought of.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from cost.errors import GraphError

Inputs = Mapping[str, Any]
Facts = dict[str, Any]

_JOB = re.compile(r"<(\S+?)\.name>")


def _keep(*names: str) -> Callable[[Inputs], Facts]:
    return lambda inputs: {name: inputs[name] for name in names if name in inputs}


def _alarm(inputs: Inputs) -> Facts:
    queries = inputs.get("metricQueries", [])
    looked_at = sum("metric" in query for query in queries) or 1
    periods = [query["metric"]["period"] for query in queries if "metric" in query]
    return {"metrics": looked_at, "period": min(periods, default=inputs.get("period", 60))}


def _endpoint(inputs: Inputs) -> Facts:
    return {
        "kind": inputs.get("vpcEndpointType", "Gateway"),
        "service": inputs["serviceName"].rpartition(".")[2],
        "zones": len(inputs.get("subnetIds", [])),
    }


def _function(inputs: Inputs) -> Facts:
    facts = _keep("memorySize", "architectures", "runtime", "reservedConcurrentExecutions", "snapStart")(
        inputs
    )
    variables = inputs.get("environment", {}).get("variables", {})
    told = (
        "HEADWATER_STORES",
        "HEADWATER_CONSISTENT",
        "HEADWATER_SERVED_SAMPLE",
        "HEADWATER_CACHE_ENTRIES",
        "HEADWATER_CACHE_TTL_MS",
    )
    logging = inputs.get("loggingConfig", {})
    facts["systemLogLevel"] = logging.get("systemLogLevel") if logging.get("logFormat") == "JSON" else None
    facts["traced"] = inputs.get("tracingConfig", {}).get("mode") == "Active"
    return facts | {name: variables[name] for name in told if name in variables}


def _machine(inputs: Inputs) -> Facts:
    states = json.loads(inputs["definition"])["States"].values()
    jobs = [
        found[1]
        for state in states
        if state.get("Resource", "").endswith("glue:startJobRun.sync")
        and (found := _JOB.fullmatch(state["Parameters"]["JobName"]))
    ]
    return {"jobs": jobs, "kind": inputs.get("type", "STANDARD")}


def _schedule(inputs: Inputs) -> Facts:
    return {
        "expression": inputs["scheduleExpression"],
        "enabled": inputs.get("state", "ENABLED") == "ENABLED",
        "target": inputs["target"]["arn"].strip("<>").removesuffix(".arn"),
    }


def _lifecycle(inputs: Inputs) -> Facts:
    rules = [rule for rule in inputs["rules"] if rule["status"] == "Enabled"]
    return {
        "expiring": {
            rule["filter"].get("prefix", ""): rule["expiration"]["days"]
            for rule in rules
            if rule.get("expiration")
        },
        "old_versions_days": max(
            [
                rule["noncurrentVersionExpiration"]["noncurrentDays"]
                for rule in rules
                if rule.get("noncurrentVersionExpiration")
            ],
            default=0,
        ),
    }


def _delivery(inputs: Inputs) -> Facts:
    to = inputs["extendedS3Configuration"]
    return {
        "destination": inputs["destination"],
        "prefix": to["prefix"],
        "seconds": to["bufferingInterval"],
        "megabytes": to["bufferingSize"],
        "compression": to.get("compressionFormat", "UNCOMPRESSED"),
        "converts": bool(to.get("dataFormatConversionConfiguration")),
    }


def _object(inputs: Inputs) -> Facts:
    return {"key": inputs.get("key", "")}


def _replica_table(inputs: Inputs) -> Facts:
    facts = _keep(
        "billingMode", "readCapacity", "writeCapacity", "warmThroughput", "streamEnabled", "tableClass"
    )(inputs)
    facts["replicas"] = [replica["regionName"] for replica in inputs.get("replicas", [])]
    facts["restorable"] = bool(inputs.get("pointInTimeRecovery", {}).get("enabled"))
    return facts


def _cache(inputs: Inputs) -> Facts:
    return _keep(
        "engine",
        "nodeType",
        "numNodeGroups",
        "replicasPerNodeGroup",
        "numCacheClusters",
        "snapshotRetentionLimit",
        "globalReplicationGroupId",
    )(inputs)


def _replication(inputs: Inputs) -> Facts:
    return {
        "rules": [
            {
                "prefix": rule.get("filter", {}).get("prefix", ""),
                "timed": bool(rule.get("destination", {}).get("replicationTime")),
            }
            for rule in inputs["rules"]
            if rule["status"] == "Enabled"
        ]
    }


def _stream(inputs: Inputs) -> Facts:
    facts = _keep("shardCount", "retentionPeriod")(inputs)
    facts["mode"] = inputs.get("streamModeDetails", {}).get("streamMode", "PROVISIONED")
    facts["shard_metrics"] = len(inputs.get("shardLevelMetrics", []))
    return facts


def _backup_plan(inputs: Inputs) -> Facts:
    [rule] = inputs["rules"]
    copies = rule.get("copyActions", [])
    return {
        "schedule": rule["schedule"],
        "days": rule["lifecycle"]["deleteAfter"],
        "copy_days": max((copy["lifecycle"]["deleteAfter"] for copy in copies), default=0),
    }


PRICED: dict[str, Callable[[Inputs], Facts]] = {
    "aws:apigatewayv2/api:Api": _keep("protocolType"),
    "aws:appautoscaling/target:Target": _keep(
        "serviceNamespace", "scalableDimension", "minCapacity", "maxCapacity"
    ),
    "aws:appautoscaling/policy:Policy": lambda inputs: {
        "range": inputs["scalableDimension"].strip("<>").partition(".")[0],
        "target": inputs["targetTrackingScalingPolicyConfiguration"]["targetValue"],
    },
    "aws:arcregionswitch/plan:Plan": _keep(),
    "aws:athena/workgroup:Workgroup": _keep("state"),
    "aws:backup/plan:Plan": _backup_plan,
    "aws:backup/selection:Selection": lambda inputs: {"bucket": len(inputs["resources"]) > 1},
    "aws:backup/vault:Vault": _keep(),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _keep(),
    "aws:cloudwatch/dashboard:Dashboard": _keep(),
    "aws:cloudwatch/logGroup:LogGroup": _keep("name", "retentionInDays"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _keep(),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:dynamodb/table:Table": _replica_table,
    "aws:dynamodb/tableReplica:TableReplica": _keep("pointInTimeRecovery"),
    "aws:ec2/flowLog:FlowLog": _keep("trafficType", "maxAggregationInterval", "logDestinationType"),
    "aws:ec2/natGateway:NatGateway": _keep(),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": _keep("globalReplicationGroupIdSuffix"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:elasticache/serverlessCache:ServerlessCache": _keep(
        "engine", "cacheUsageLimits", "snapshotRetentionLimit"
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": _keep(),
    "aws:glue/job:Job": _keep("workerType", "numberOfWorkers", "executionClass", "glueVersion", "name"),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _delivery,
    "aws:kinesis/stream:Stream": _stream,
    "aws:kms/key:Key": _keep("multiRegion"),
    "aws:kms/replicaKey:ReplicaKey": _keep(),
    "aws:lambda/eventSourceMapping:EventSourceMapping": _keep(
        "batchSize", "maximumBatchingWindowInSeconds", "parallelizationFactor"
    ),
    "aws:lambda/function:Function": _function,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": _keep(
        "provisionedConcurrentExecutions"
    ),
    "aws:route53/healthCheck:HealthCheck": _keep("type", "requestInterval", "measureLatency", "searchString"),
    "aws:route53/zone:Zone": _keep(),
    "aws:s3/bucket:Bucket": _keep(),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _lifecycle,
    "aws:s3/bucketObjectv2:BucketObjectv2": _object,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": _replication,
    "aws:s3/bucketVersioning:BucketVersioning": lambda inputs: {
        "enabled": inputs["versioningConfiguration"]["status"] == "Enabled"
    },
    "aws:scheduler/schedule:Schedule": _schedule,
    "aws:sfn/stateMachine:StateMachine": _machine,
    "aws:sns/topic:Topic": _keep(),
    "aws:sqs/queue:Queue": _keep(),
}
"""What a resource's facts are, by type; a type is here if it costs money or decides how much another one does."""

_PERMISSION = "says who may do what, which AWS does not charge for"
_ROUTING = "says where traffic goes; what passes is charged where it passes"
_SETTING = "is a setting of another resource"

FREE: dict[str, str] = {
    "aws:acm/certificate:Certificate": "is a public certificate, which is free",
    "aws:acm/certificateValidation:CertificateValidation": "waits for a certificate and is nothing in the cloud",
    "aws:apigatewayv2/apiMapping:ApiMapping": _SETTING,
    "aws:apigatewayv2/domainName:DomainName": "is free; requests are charged to the API",
    "aws:apigatewayv2/integration:Integration": _SETTING,
    "aws:apigatewayv2/route:Route": _SETTING,
    "aws:apigatewayv2/stage:Stage": _SETTING,
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": _SETTING,
    "aws:budgets/budget:Budget": "has no actions: those that only tell are free",
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": "is free, as is what it finds",
    "aws:costexplorer/anomalySubscription:AnomalySubscription": "tells a topic, which is charged",
    "aws:costexplorer/costAllocationTag:CostAllocationTag": _SETTING,
    "aws:dynamodb/contributorInsights:ContributorInsights": "is charged by events, which nobody here turns on",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _PERMISSION,
    "aws:ec2/routeTable:RouteTable": _ROUTING,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _ROUTING,
    "aws:ec2/securityGroup:SecurityGroup": _PERMISSION,
    "aws:ec2/subnet:Subnet": _ROUTING,
    "aws:ec2/vpc:Vpc": _ROUTING,
    "aws:elasticache/parameterGroup:ParameterGroup": _SETTING,
    "aws:elasticache/subnetGroup:SubnetGroup": _ROUTING,
    "aws:elasticache/user:User": _PERMISSION,
    "aws:elasticache/userGroup:UserGroup": _PERMISSION,
    "aws:fis/experimentTemplate:ExperimentTemplate": "is charged by the minute in which it runs, which is not counted",
    "aws:glue/connection:Connection": _ROUTING,
    "aws:glue/securityConfiguration:SecurityConfiguration": _SETTING,
    "aws:glue/trigger:Trigger": "starts jobs, whose runs are charged",
    "aws:iam/role:Role": _PERMISSION,
    "aws:iam/rolePolicy:RolePolicy": _PERMISSION,
    "aws:kms/alias:Alias": "is a name of a key, which is charged",
    "aws:lakeformation/dataLakeSettings:DataLakeSettings": _PERMISSION,
    "aws:lakeformation/optIn:OptIn": _PERMISSION,
    "aws:lakeformation/permissions:Permissions": _PERMISSION,
    "aws:lakeformation/resource:Resource": _PERMISSION,
    "aws:lambda/alias:Alias": "is a name of a version of a function",
    "aws:lambda/functionUrl:FunctionUrl": "is an address; each request is the function's",
    "aws:lambda/permission:Permission": _PERMISSION,
    "aws:route53/record:Record": "is part of a zone; up to 10,000 are in its price",
    "aws:s3/bucketPolicy:BucketPolicy": _PERMISSION,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _PERMISSION,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _SETTING,
    "aws:sagemaker/featureGroup:FeatureGroup": "is an offline group here: its files are in the bucket, and charged there",
    "aws:sns/topicPolicy:TopicPolicy": _PERMISSION,
    "aws:sqs/queuePolicy:QueuePolicy": _PERMISSION,
    "aws:ssm/parameter:Parameter": "is a standard parameter, which AWS keeps for nothing",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _PERMISSION,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _PERMISSION,
    "pulumi:providers:aws": "is Pulumi's own and nothing in the cloud",
    "pulumi:pulumi:StackReference": "is Pulumi's own and nothing in the cloud",
}
"""Types that cost nothing, and why."""


def facts_of(kind: str, name: str, inputs: Inputs) -> Facts | None:
    """What of a resource decides what it costs; None if it costs nothing.

    Raises:
        GraphError: Its type is unknown here.
    """
    if kind in FREE:
        return None
    if kind not in PRICED:
        raise GraphError(
            f"resource {name!r}: type {kind!r} is neither priced nor known to cost nothing; put it into PRICED or, with "
            "the reason, into FREE of cost/resources.py"
        )
    return PRICED[kind](inputs)
