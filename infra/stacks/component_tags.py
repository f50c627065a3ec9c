"""The tag that tells costs apart by component: the provider of a region can only give all it makes the same ones."""

from collections.abc import Sequence

import pulumi

TAG = "component"


class ComponentTags:
    """Gives each resource the name of the outermost component it belongs to, as a tag.

    A transformation of the whole stack: no component has to know of it, and none can forget it.

    Args:
        prefixes: Left out of components' names, so that one has the same tag in every environment and region.
    """

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._prefixes = tuple(prefixes)
        self._outermost: dict[pulumi.Resource, str] = {}
        self._given: set[str] = set()

    @property
    def components(self) -> set[str]:
        """Tags that were given so far."""
        return self._given

    def __call__(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """See `pulumi.ResourceTransformation`."""
        parent = args.opts.parent
        component = self._short(args.name) if parent is None else self._outermost[parent]
        self._outermost[args.resource] = component
        # Every class of a type that can be tagged names the property, whether or not it was given.
        if not isinstance(args.props, dict) or "tags" not in args.props:
            return None
        self._given.add(component)
        tags = {**(args.props["tags"] or {}), TAG: component}
        return pulumi.ResourceTransformationResult({**args.props, "tags": tags}, args.opts)

    def _short(self, name: str) -> str:
        found = next((prefix for prefix in self._prefixes if name.startswith(prefix)), "")
        return name.removeprefix(found)
