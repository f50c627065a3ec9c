"""Iceberg catalogs as Spark settings.

The classes are Iceberg's own, below a prefix where a jar has them relocated.
"""

from headwater.environment import LOCAL_CREDENTIALS, Environment

CATALOG = "headwater"
"""Name under which Spark knows the catalog of an environment."""


def local_cloud() -> dict[str, str]:
    """What a session needs from its start to use a local cloud: the clients of Glue look for credentials here."""
    key, secret = LOCAL_CREDENTIALS["aws_access_key_id"], LOCAL_CREDENTIALS["aws_secret_access_key"]
    return {"spark.driver.extraJavaOptions": f"-Daws.accessKeyId={key} -Daws.secretAccessKey={secret}"}


def hadoop_catalog(warehouse: str, *, prefix: str = "") -> dict[str, str]:
    """A catalog that is a folder, for one machine and no cloud."""
    return _catalog(prefix) | {
        f"spark.sql.catalog.{CATALOG}.type": "hadoop",
        f"spark.sql.catalog.{CATALOG}.warehouse": warehouse,
    }


def glue_catalog(outputs: Environment, *, prefix: str = "") -> dict[str, str]:
    """The Glue catalog of an environment, with its tables on S3.

    Args:
        outputs: Of the environment's stack; of a local cloud where it has an endpoint.
        prefix: Of class names, with its last dot.
    """
    own = {
        "catalog-impl": f"{prefix}org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": f"{prefix}org.apache.iceberg.aws.s3.S3FileIO",
        "warehouse": f"s3://{outputs.bucket_name}/warehouse",
        "client.region": outputs.region,
    }
    if outputs.endpoint_url:
        own |= {
            "glue.endpoint": outputs.endpoint_url,
            "s3.endpoint": outputs.endpoint_url,
            "s3.path-style-access": "true",
            "s3.access-key-id": LOCAL_CREDENTIALS["aws_access_key_id"],
            "s3.secret-access-key": LOCAL_CREDENTIALS["aws_secret_access_key"],
        }
    return _catalog(prefix) | {f"spark.sql.catalog.{CATALOG}.{name}": value for name, value in own.items()}


def _catalog(prefix: str) -> dict[str, str]:
    return {
        "spark.sql.extensions": f"{prefix}org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        f"spark.sql.catalog.{CATALOG}": f"{prefix}org.apache.iceberg.spark.SparkCatalog",
        # Others write the same tables: what they held half a minute ago is of no use.
        f"spark.sql.catalog.{CATALOG}.cache-enabled": "false",
    }
