"""KMS keys and aliases."""

from infra.local.handlers.registry import Cloud, Created, Inputs, creates, document


@creates("aws:kms/key:Key")
def create_key(cloud: Cloud, inputs: Inputs) -> Created:
    """Create a key."""
    kms = cloud.client("kms")
    made = kms.create_key(
        Description=inputs.get("description", ""),
        Policy=document(inputs["policy"]),
        MultiRegion=inputs.get("multiRegion", False),
    )["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=made["KeyId"])
    return Created(made["KeyId"], {"arn": made["Arn"], "keyId": made["KeyId"]})


@creates("aws:kms/alias:Alias")
def create_alias(cloud: Cloud, inputs: Inputs) -> Created:
    """Create an alias."""
    cloud.client("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
    return Created(inputs["name"], {})
