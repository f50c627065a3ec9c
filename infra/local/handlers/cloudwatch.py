"""Log groups, alarms and dashboards."""

from typing import Any

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, document, whole


@creates("aws:cloudwatch/logGroup:LogGroup")
def create_log_group(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a log group with its retention."""
    logs = cloud.client("logs")
    name = inputs["name"]
    logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=name, retentionInDays=whole(inputs, "retentionInDays", 1))
    arn = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["arn"]
    return Created(name, {"arn": arn.removesuffix(":*")})


@creates("aws:cloudwatch/metricAlarm:MetricAlarm")
def put_alarm(cloud: Cloud, inputs: Inputs) -> Created:
    """Create an alarm on one metric."""
    name = inputs["name"]
    request: dict[str, Any] = {
        "AlarmName": name,
        "AlarmDescription": inputs.get("alarmDescription", ""),
        "Namespace": inputs["namespace"],
        "MetricName": inputs["metricName"],
        "Dimensions": [{"Name": key, "Value": value} for key, value in inputs["dimensions"].items()],
        "Period": whole(inputs, "period", 60),
        "EvaluationPeriods": whole(inputs, "evaluationPeriods", 1),
        "DatapointsToAlarm": whole(inputs, "datapointsToAlarm", 1),
        "ComparisonOperator": inputs["comparisonOperator"],
        "Threshold": float(inputs["threshold"]),
        "TreatMissingData": inputs["treatMissingData"],
        "AlarmActions": list(inputs["alarmActions"]),
        "OKActions": list(inputs["okActions"]),
        "ActionsEnabled": inputs.get("actionsEnabled", True),
    }
    if inputs.get("statistic"):
        request["Statistic"] = inputs["statistic"]
    else:
        request["ExtendedStatistic"] = inputs["extendedStatistic"]
    cloud.client("cloudwatch").put_metric_alarm(**request)
    return Created(name, {})


@creates("aws:cloudwatch/dashboard:Dashboard")
def put_dashboard(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a dashboard."""
    name = inputs["dashboardName"]
    cloud.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=document(inputs["dashboardBody"])
    )
    return Created(name, {})
