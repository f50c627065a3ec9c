"""What resources of a type put out, and what the provider's functions answer, as Pulumi's own package declares it."""

import keyword
from functools import cache
from importlib import import_module


@cache
def output_shapes(token: str) -> dict[str, str]:
    """Names of the outputs of a resource type, and whether each is a ``text``, a ``list`` or ``other``.

    >>> output_shapes("aws:sqs/queue:Queue")["arn"]
    'text'
    """
    return _shapes(token, token.rpartition(":")[2])


@cache
def answer_shapes(token: str) -> dict[str, str]:
    """The same for what a provider's function answers.

    >>> answer_shapes("aws:ec2/getSubnets:getSubnets")["ids"]
    'list'
    """
    name = token.rpartition(":")[2]
    return _shapes(token, f"{name[0].upper()}{name[1:]}Result")


def _shapes(token: str, name: str) -> dict[str, str]:
    """Of the getters of a class in the package of a token, by Pulumi's names."""
    module = token.split(":")[1].partition("/")[0]
    path = "pulumi_aws" if module == "index" else f"pulumi_aws.{module}{'_' * keyword.iskeyword(module)}"
    found = vars(getattr(import_module(path), name)).values()
    getters = [each.fget for each in found if isinstance(each, property) and each.fget is not None]
    # The mark of `pulumi.getter(name=…)`; without one both names are the same.
    return {
        getattr(each, "_pulumi_name", each.__name__): _shape(str(each.__annotations__["return"]))
        for each in getters
    }


def _shape(annotation: str) -> str:
    if "Sequence[" in annotation:
        return "list"
    return "other" if "Mapping[" in annotation or "str" not in annotation else "text"
