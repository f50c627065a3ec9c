"""The Glue jobs: their files on S3, their roles, how they are encrypted and reach the network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import allow, service_role
from infra.components.job_roles import JobResources, conditional, grants
from infra.components.job_specs import JobSpec, specs_where

GLUE_VERSION = "5.1"
"""Spark 3.5.6, Iceberg 1.10, Python 3.11, Java 17."""

WORKER_TYPE = "G.1X"
OUTPUTS = "outputs.json"
REGISTRY = "registry.json"

_MODULES = "--additional-python-modules"
_LEAST_WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class JobNetwork:
    """Where jobs that write the online stores run: one subnet, its zone, and the group of their interfaces."""

    subnet_id: pulumi.Input[str]
    zone: pulumi.Input[str]
    security_group_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class GlueJobsArgs:
    """Arguments of `GlueJobs`.

    Attributes:
        name_of: Name of a resource, by its role.
        scripts: Script of each job, by the job's name.
        modules: Wheels to install, by file name, in this order.
        follower_modules: Further ones for the job that lets tables follow another region's.
        registry: Compiled registry.
        outputs: The stack's outputs as jobs read them: what they need to find the stores.
        bucket_name: Bucket of the offline store.
        resources: What jobs work on.
        network: Where jobs that write the online stores run; None: outside any network of ours.
        workers: Most workers of a run; Glue takes as many of them as there is work for. What lets tables follow
            another region's has two, the least there are: it reads metadata, in one process.
        arguments: Further arguments, by job.
    """

    name_of: Callable[[str], str]
    scripts: Mapping[str, pulumi.Asset]
    modules: Mapping[str, pulumi.Asset]
    follower_modules: Mapping[str, pulumi.Asset]
    registry: pulumi.Asset
    outputs: Mapping[str, pulumi.Input[str]]
    bucket_name: pulumi.Input[str]
    resources: JobResources
    network: JobNetwork | None
    workers: int
    arguments: Mapping[str, Mapping[str, pulumi.Input[str]]]


class GlueJobs(pulumi.ComponentResource):
    """One job a script, each with a role of its own; files of all of them under one folder of the bucket."""

    job_names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: GlueJobsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the jobs."""
        super().__init__("headwater:platform:GlueJobs", name, None, opts)
        self._name, self._args = name, args
        security = self._security()
        connection = self._connection(args.network) if args.network else None
        modules = self._wheels(args.modules)
        shared = self._shared_arguments() | {_MODULES: _joined(modules)}
        follows = args.resources.followed is not None
        special = {_MODULES: _joined([*self._wheels(args.follower_modules), *modules])} if follows else {}
        self.job_names = {
            spec.name: self._job(
                spec, {**shared, **(special if spec.follows else {})}, security, connection
            ).name
            for spec in specs_where(follows=follows)
        }
        self.register_outputs({"job_names": self.job_names})

    def _security(self) -> aws.glue.SecurityConfiguration:
        key = self._args.resources.key_arn
        return aws.glue.SecurityConfiguration(
            f"{self._name}-security",
            name=self._args.name_of("jobs"),
            encryption_configuration={
                "cloudwatch_encryption": {"cloudwatch_encryption_mode": "SSE-KMS", "kms_key_arn": key},
                "job_bookmarks_encryption": {"job_bookmarks_encryption_mode": "CSE-KMS", "kms_key_arn": key},
                "s3_encryption": {"s3_encryption_mode": "SSE-KMS", "kms_key_arn": key},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _connection(self, network: JobNetwork) -> aws.glue.Connection:
        return aws.glue.Connection(
            f"{self._name}-network",
            name=self._args.resources.connection_name,
            connection_type="NETWORK",
            description="The private network of the online stores",
            physical_connection_requirements={
                "subnet_id": network.subnet_id,
                "availability_zone": network.zone,
                "security_group_id_lists": [network.security_group_id],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _upload(
        self,
        role: str,
        file: str,
        *,
        source: pulumi.Asset | None = None,
        content: pulumi.Input[str] | None = None,
    ) -> pulumi.Output[str]:
        """Put a file into the jobs' folder; gives its address."""
        made = aws.s3.BucketObjectv2(
            f"{self._name}-{role}",
            bucket=self._args.bucket_name,
            key=f"{self._args.resources.jobs_prefix}{file}",
            source=source,
            content=content,
            server_side_encryption="aws:kms",
            kms_key_id=self._args.resources.key_arn,
            bucket_key_enabled=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.concat("s3://", made.bucket, "/", made.key)

    def _wheels(self, wheels: Mapping[str, pulumi.Asset]) -> list[pulumi.Output[str]]:
        return [self._upload(file, file, source=wheel) for file, wheel in wheels.items()]

    def _shared_arguments(self) -> dict[str, pulumi.Input[str]]:
        args = self._args
        registry = self._upload("registry", REGISTRY, source=args.registry)
        outputs = self._upload("outputs", OUTPUTS, content=pulumi.Output.json_dumps(args.outputs))
        return {
            "--job-language": "python",
            "--datalake-formats": "iceberg",
            # Glue puts these two into the working directory.
            "--extra-files": _joined([registry, outputs]),
            "--registry": REGISTRY,
            "--outputs": OUTPUTS,
            # Everything to install is in the list of modules, in the versions that were locked together: nothing is
            # asked of an index, nor could be reached, and none has to wait for another.
            "--python-modules-installer-option": "--no-index --no-deps",
            "--TempDir": pulumi.Output.concat(
                "s3://", args.bucket_name, "/", args.resources.jobs_prefix, "temp/"
            ),
            "--job-bookmark-option": "job-bookmark-disable",
            "--enable-auto-scaling": "true",
            "--enable-metrics": "true",
            "--enable-observability-metrics": "true",
            "--enable-continuous-cloudwatch-log": "true",
            "--enable-job-insights": "true",
        }

    def _job(
        self,
        spec: JobSpec,
        shared: Mapping[str, pulumi.Input[str]],
        security: aws.glue.SecurityConfiguration,
        connection: aws.glue.Connection | None,
    ) -> aws.glue.Job:
        args, name = self._args, f"{self._name}-{spec.slug}"
        role = service_role(name, args.name_of(f"{spec.slug}-job"), "glue.amazonaws.com", self)
        policy = allow(name, role, grants(spec, args.resources), self, conditional(spec, args.resources))
        script = self._upload(
            f"{spec.slug}-script", f"scripts/{spec.name}.py", source=args.scripts[spec.name]
        )
        return aws.glue.Job(
            f"{name}-job",
            name=args.name_of(spec.slug),
            description=spec.what,
            role_arn=role.arn,
            glue_version=GLUE_VERSION,
            worker_type=WORKER_TYPE,
            number_of_workers=_LEAST_WORKERS if spec.follows else args.workers,
            execution_class="FLEX" if spec.flex else "STANDARD",
            execution_property={"max_concurrent_runs": spec.concurrent},
            # The state machines try again: they wait in between, and tell when it was in vain.
            max_retries=0,
            timeout=spec.timeout_minutes,
            security_configuration=security.name,
            connections=[connection.name] if connection and spec.writes_online else None,
            command={"name": "glueetl", "python_version": "3", "script_location": script},
            default_arguments={**shared, **args.arguments.get(spec.name, {})},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )


def _joined(addresses: list[pulumi.Output[str]]) -> pulumi.Output[str]:
    return pulumi.Output.all(*addresses).apply(",".join)
