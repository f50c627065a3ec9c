"""From Pulumi's names to Terraform's: the rules of the bridge that Pulumi's provider is generated with."""

import re
from collections.abc import Iterator

from infra.terraform.exceptions import MODULES, TYPES

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_IN_LABELS = re.compile(r"[^\w-]")


def snake(name: str) -> str:
    """Write a camel-cased name with underscores.

    >>> snake("extendedS3Configuration")
    'extended_s3_configuration'
    """
    return _WORD_START.sub("_", name).lower()


def camel(name: str) -> str:
    """Write a name with underscores camel-cased.

    >>> camel("target_domain_name")
    'targetDomainName'
    """
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def possible_types(token: str) -> tuple[str, ...]:
    """Names a resource type or a provider's function may have in Terraform, the likeliest first.

    >>> possible_types("aws:s3/bucket:Bucket")
    ('aws_s3_bucket', 'aws_bucket')
    >>> possible_types("aws:index/getCallerIdentity:getCallerIdentity")
    ('aws_index_caller_identity', 'aws_caller_identity')
    """
    if token in TYPES:
        return (TYPES[token],)
    _, module, name = token.split(":")
    last = snake(name).removeprefix("get_")
    service = module.partition("/")[0]
    return f"aws_{MODULES.get(service, service)}_{last}", f"aws_{last}"


def possible_properties(name: str) -> Iterator[str]:
    """Names a property may have in Terraform: Pulumi uses the plural for lists.

    >>> list(possible_properties("globalSecondaryIndexes"))
    ['global_secondary_indexes', 'global_secondary_index', 'global_secondary_indexe']
    """
    plain = snake(name)
    yield plain
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if plain.endswith(ending):
            yield plain.removesuffix(ending) + instead


def label(name: str) -> str:
    """What a resource is called in Terraform, by its name in the program.

    >>> label("jobs-msgspec-0.19.whl")
    'jobs-msgspec-0_19_whl'
    """
    found = _NOT_IN_LABELS.sub("_", name)
    return found if found[0].isalpha() else f"_{found}"
