"""What resources of a type put out, and what the provider's functions answer, as Pulumi's own package declares it."""

import keyword
import re
from functools import cache
from importlib import import_module

_STRUCTURE = re.compile(r"Sequence\[ForwardRef\('outputs\.(\w+)'\)\]")


@cache
def output_shapes(token: str) -> dict[str, str]:
    """Names of the outputs of a resource type, and whether each is a ``text``, a ``list`` or ``other``.

    >>> output_shapes("aws:sqs/queue:Queue")["arn"]
    'text'
    """
    return _shapes(_package(token), token.rpartition(":")[2])


@cache
def element_shapes(token: str, output: str) -> dict[str, str]:
    """The same for the parts of each element of an output that is a list; none: its elements have no parts.

    >>> element_shapes("aws:elasticache/serverlessCache:ServerlessCache", "endpoints")
    {'address': 'text', 'port': 'other'}
    >>> element_shapes("aws:elasticache/serverlessCache:ServerlessCache", "subnetIds")
    {}
    """
    annotation = _annotations(_package(token), token.rpartition(":")[2])[output]
    structure = _STRUCTURE.search(annotation)
    return _shapes(f"{_package(token)}.outputs", structure[1]) if structure else {}


@cache
def answer_shapes(token: str) -> dict[str, str]:
    """The same for what a provider's function answers.

    >>> answer_shapes("aws:ec2/getSubnets:getSubnets")["ids"]
    'list'
    """
    name = token.rpartition(":")[2]
    return _shapes(_package(token), f"{name[0].upper()}{name[1:]}Result")


def _package(token: str) -> str:
    module = token.split(":")[1].partition("/")[0]
    return "pulumi_aws" if module == "index" else f"pulumi_aws.{module}{'_' * keyword.iskeyword(module)}"


def _shapes(package: str, name: str) -> dict[str, str]:
    """Of the getters of a class in a package, by Pulumi's names."""
    return {key: _shape(annotation) for key, annotation in _annotations(package, name).items()}


def _annotations(package: str, name: str) -> dict[str, str]:
    found = vars(getattr(import_module(package), name)).values()
    getters = [each.fget for each in found if isinstance(each, property) and each.fget is not None]
    # The mark of `pulumi.getter(name=…)`; without one both names are the same.
    return {
        getattr(each, "_pulumi_name", each.__name__): str(each.__annotations__["return"]) for each in getters
    }


def _shape(annotation: str) -> str:
    if "Sequence[" in annotation:
        return "list"
    return "other" if "Mapping[" in annotation or "str" not in annotation else "text"
