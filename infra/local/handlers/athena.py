"""Athena's workgroups."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, whole


@creates("aws:athena/workgroup:Workgroup")
def create_workgroup(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a workgroup."""
    given = inputs["configuration"]
    results = given["resultConfiguration"]
    encryption = results["encryptionConfiguration"]
    cloud.client("athena").create_work_group(
        Name=inputs["name"],
        Description=inputs["description"],
        Configuration={
            "EnforceWorkGroupConfiguration": given["enforceWorkgroupConfiguration"],
            "BytesScannedCutoffPerQuery": whole(given, "bytesScannedCutoffPerQuery", 10_000_000),
            "PublishCloudWatchMetricsEnabled": given["publishCloudwatchMetricsEnabled"],
            "RequesterPaysEnabled": given["requesterPaysEnabled"],
            "ResultConfiguration": {
                "OutputLocation": results["outputLocation"],
                "EncryptionConfiguration": {
                    "EncryptionOption": encryption["encryptionOption"],
                    "KmsKey": encryption["kmsKeyArn"],
                },
            },
        },
    )
    return Created(inputs["name"], {})
