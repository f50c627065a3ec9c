"""The stack's outputs as parameters of Systems Manager, for who reads neither Pulumi's state nor a file of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from headwater import names


@dataclass(frozen=True, kw_only=True)
class PublishedOutputsArgs:
    """Arguments of `PublishedOutputs`.

    Attributes:
        environment: Second part of each parameter's name.
        values: Outputs by name; what is no text is written as JSON. None of them is a secret.
    """

    environment: str
    values: Mapping[str, pulumi.Input[Any]]


class PublishedOutputs(pulumi.ComponentResource):
    """One parameter an output."""

    parameter_names: list[pulumi.Output[str]]

    def __init__(
        self, name: str, args: PublishedOutputsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the parameters."""
        super().__init__("headwater:platform:PublishedOutputs", name, None, opts)
        self.parameter_names = [
            aws.ssm.Parameter(
                f"{name}-{output.replace('_', '-')}",
                name=names.output_parameter(args.environment, output),
                type="String",
                value=value if isinstance(value, str | pulumi.Output) else pulumi.Output.json_dumps(value),
                opts=pulumi.ResourceOptions(parent=self),
            ).name
            for output, value in args.values.items()
        ]
        self.register_outputs({"parameter_names": self.parameter_names})
