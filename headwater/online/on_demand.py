"""Features on demand in serving: request fields and stored features in, computed features out."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from headwater import names
from headwater.errors import RequestError
from headwater.registry import OnDemandSpec, Registry


class OnDemandFeatures:
    """The on-demand views of one service, their functions loaded.

    Args:
        registry: Definitions.
        service: Name of the service.

    Raises:
        RegistryError: A function is not there, or is not the one that was compiled.
    """

    def __init__(self, registry: Registry, service: str) -> None:
        self.views: list[OnDemandSpec] = registry.on_demand_of(registry.service(service))
        self.request: dict[str, str] = {
            field: kind for view in self.views for field, kind in view.request.items()
        }
        self.features = [
            names.qualified_feature(view.name, output) for view in self.views for output in view.outputs
        ]
        self._types = [view.parameter_types(registry.views) for view in self.views]
        # By name, not by an import: functions without features on demand do without NumPy.
        calls: Any = import_module("headwater.on_demand_calls") if self.views else None
        self._calls = calls
        self._functions = [calls.load(view) for view in self.views]

    def compute(
        self,
        stored: Mapping[str, Sequence[Any]],
        request: Mapping[str, Sequence[Any]],
    ) -> dict[str, list[Any]]:
        """Compute every output for n rows.

        Args:
            stored: Stored features by qualified name, n values each, None for null.
            request: Request fields by name, n values each.

        Returns:
            Outputs by qualified name, n values each.

        Raises:
            RequestError: ``on_demand_failed``: a function raised, or did not return what it declares.
        """
        found: dict[str, list[Any]] = {}
        for view, function, types in zip(self.views, self._functions, self._types, strict=True):
            arguments = {
                parameter: self._calls.to_array(
                    stored[view.inputs[parameter]] if parameter in view.inputs else request[parameter], kind
                )
                for parameter, kind in types.items()
            }
            try:
                outputs = self._calls.compute(view, function, arguments)
            except Exception as error:
                raise RequestError(
                    "on_demand_failed",
                    f"on-demand view {view.name!r}: {view.function} failed with {type(error).__name__}: {error}",
                    "look at the function and at the values sent; it has to take nulls",
                ) from error
            found |= {names.qualified_feature(view.name, output): outputs[output] for output in view.outputs}
        return found
