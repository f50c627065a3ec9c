"""Features on demand in training: computed from the label rows' fields and the features beside them."""

import pyarrow as pa

from headwater import names, on_demand_calls
from headwater.offline.types import ARROW_TYPES, INSTANT, plain_values
from headwater.registry import Registry, ServiceSpec


def append_on_demand(table: pa.Table, registry: Registry, service: ServiceSpec) -> pa.Table:
    """Add the outputs of a service's on-demand views.

    Args:
        table: Label rows with the stored features.
        registry: Definitions.
        service: Whose views.

    Raises:
        RegistryError: A function is not there, or is not the one that was compiled.
        DefinitionError: A function does not return what it declares.
    """
    for view in registry.on_demand_of(service):
        function = on_demand_calls.load(view)
        arguments = {
            parameter: on_demand_calls.to_array(_values(table[view.inputs.get(parameter, parameter)]), kind)
            for parameter, kind in view.parameter_types(registry.views).items()
        }
        computed = on_demand_calls.compute(view, function, arguments)
        for output, kind in view.outputs.items():
            column = pa.array(computed[output], ARROW_TYPES[kind])
            table = table.append_column(names.qualified_feature(view.name, output), column)
    return table


def _values(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(INSTANT, safe=False)
    return plain_values(column)
