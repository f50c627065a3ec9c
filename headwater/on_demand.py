"""Features on demand: a function over a request's fields and other features.

The function is written once, on arrays, and called with many rows in training and with a
request's rows in serving. How it is called is `headwater.on_demand_calls`.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from headwater import names
from headwater.errors import DefinitionError
from headwater.sources import TYPES, check_columns


@dataclass(frozen=True, kw_only=True)
class OnDemandView:
    """Features computed when they are asked for.

    Args:
        name: Lower snake case.
        function: Of a module, not a lambda. Takes one NumPy array of shape (n,) per input, by name, and
            returns one such array, or a mapping of output name to array where there are several outputs.
            Numbers come as float64 with NaN for null, instants as ``datetime64[us]`` with NaT, other values
            as objects with None. What is NaN, NaT or None in the result is null. It must be pure: no clock,
            no randomness, no files, no state.
        inputs: Parameter to feature, as ``<view>__<feature>``.
        request: Parameter to type, for the fields that the request (in training: the label row) brings.
        outputs: Output name to type.
        description: For the catalog.
        owner: Team to ask.
    """

    name: str
    function: Callable[..., Any]
    outputs: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        """Check the definition; the function itself is tried out when the definitions are compiled.

        Raises:
            DefinitionError: A name or type is not allowed, or the function does not take the inputs.
        """
        owner = f"on-demand view {self.name!r}"
        names.check_name("on-demand view", self.name)
        object.__setattr__(self, "outputs", check_columns(f"{owner}, outputs", self.outputs, TYPES))
        if self.request:
            object.__setattr__(self, "request", check_columns(f"{owner}, request", self.request, TYPES))
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))
        if not self.inputs and not self.request:
            raise DefinitionError(f"{owner}: it has neither inputs nor request fields; declare at least one")
        if not inspect.isfunction(self.function) or not self.function.__qualname__.isidentifier():
            raise DefinitionError(
                f"{owner}: {self.function!r} is not a function of a module; the lookup has to find it by its name, "
                "so define it with def at the top of a module"
            )
        taken = list(inspect.signature(self.function).parameters)
        declared = [*self.inputs, *self.request]
        if sorted(taken) != sorted(declared):
            raise DefinitionError(
                f"{owner}: the function takes {', '.join(taken) or 'nothing'}, but inputs and request declare "
                f"{', '.join(declared)}; declare each parameter once"
            )
