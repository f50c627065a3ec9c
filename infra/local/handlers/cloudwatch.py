"""Log groups, metrics of log lines, alarms and dashboards."""

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


@creates("aws:cloudwatch/logMetricFilter:LogMetricFilter")
def put_metric_filter(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a filter that reads a metric from log lines; the emulator keeps it, and makes no metric."""
    made = inputs["metricTransformation"]
    cloud.client("logs").put_metric_filter(
        logGroupName=inputs["logGroupName"],
        filterName=inputs["name"],
        filterPattern=inputs["pattern"],
        metricTransformations=[
            {
                "metricName": made["name"],
                "metricNamespace": made["namespace"],
                "metricValue": made["value"],
            }
        ],
    )
    return Created(inputs["name"], {})


@creates("aws:cloudwatch/metricAlarm:MetricAlarm")
def put_alarm(cloud: Cloud, inputs: Inputs) -> Created:
    """Create an alarm on a metric or on an expression; the emulator keeps an expression, and evaluates none."""
    name = inputs["name"]
    request: dict[str, Any] = {
        "AlarmName": name,
        "AlarmDescription": inputs.get("alarmDescription", ""),
        "EvaluationPeriods": whole(inputs, "evaluationPeriods", 1),
        "DatapointsToAlarm": whole(inputs, "datapointsToAlarm", 1),
        "ComparisonOperator": inputs["comparisonOperator"],
        "Threshold": float(inputs["threshold"]),
        "TreatMissingData": inputs["treatMissingData"],
        "AlarmActions": list(inputs.get("alarmActions") or []),
        "OKActions": list(inputs.get("okActions") or []),
        "ActionsEnabled": inputs.get("actionsEnabled", True),
    }
    if inputs.get("metricQueries"):
        request["Metrics"] = [_query(each) for each in inputs["metricQueries"]]
    else:
        request |= {**_metric(inputs), "Period": whole(inputs, "period", 60)}
        kind = "statistic" if inputs.get("statistic") else "extendedStatistic"
        request[kind[0].upper() + kind[1:]] = inputs[kind]
    cloud.client("cloudwatch").put_metric_alarm(**request)
    return Created(name, {})


@creates("aws:cloudwatch/compositeAlarm:CompositeAlarm")
def put_composite_alarm(cloud: Cloud, inputs: Inputs) -> Created:
    """Create an alarm on the states of others."""
    name = inputs["alarmName"]
    cloud.client("cloudwatch").put_composite_alarm(
        AlarmName=name,
        AlarmDescription=inputs.get("alarmDescription", ""),
        AlarmRule=inputs["alarmRule"],
        AlarmActions=list(inputs["alarmActions"]),
        OKActions=list(inputs["okActions"]),
    )
    return Created(name, {})


@creates("aws:cloudwatch/dashboard:Dashboard")
def put_dashboard(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a dashboard."""
    name = inputs["dashboardName"]
    cloud.client("cloudwatch").put_dashboard(
        DashboardName=name, DashboardBody=document(inputs["dashboardBody"])
    )
    return Created(name, {})


def _metric(inputs: Inputs) -> dict[str, Any]:
    dimensions = inputs.get("dimensions") or {}
    return {
        "Namespace": inputs["namespace"],
        "MetricName": inputs["metricName"],
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def _query(query: Inputs) -> dict[str, Any]:
    if query.get("expression"):
        return {
            "Id": query["id"],
            "Expression": query["expression"],
            "Label": query["label"],
            "ReturnData": query["returnData"],
        }
    metric = query["metric"]
    stat = {
        "Metric": _metric(metric),
        "Period": whole(metric, "period", 60),
        "Stat": metric["stat"],
    }
    return {"Id": query["id"], "MetricStat": stat, "ReturnData": False}
