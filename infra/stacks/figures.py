"""What a region knows of the other one when that is lost."""

import pulumi

from infra.components.region_figures import MeasuredRegion, RegionFigures, RegionFiguresArgs
from infra.stacks.functions import RUNTIMES, CodeOf
from infra.stacks.site import Site


def region_figures(
    site: Site, of: MeasuredRegion, code_of: CodeOf, topic_arn: pulumi.Input[str]
) -> RegionFigures:
    """Declare copies of the other region's figures.

    Args:
        site: Where they are copied to.
        of: The other region.
        code_of: Where a function's zip comes from.
        topic_arn: Topic of the region's alarms.
    """
    runtime, architecture = RUNTIMES[site.config.lambda_target]
    return RegionFigures(
        site.component("figures"),
        RegionFiguresArgs(
            prefix=site.name("figures"),
            environment=site.config.environment,
            region=site.config.region,
            of=of,
            code=code_of("figures"),
            runtime=runtime,
            architecture=architecture,
            topic_arn=topic_arn,
            key_arn=site.key_arn,
            log_retention_days=site.config.log_retention_days,
        ),
        site.opts,
    )
