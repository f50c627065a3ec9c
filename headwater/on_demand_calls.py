"""Calls functions on demand: values to arrays and back, for one row or a million.

Training and serving both go through `compute`, so a function sees the same arrays in both.
"""

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.errors import DefinitionError, RegistryError
from headwater.expressions import MAX_FLOAT
from headwater.registry import OnDemandSpec, content_hash

Array = npt.NDArray[Any]
_NUMBERS = ("int64", "float64")
_SAMPLES: dict[str, tuple[Any, ...]] = {
    "string": ("a", "", None),
    "int64": (3, 0, None),
    "float64": (1.5, 0.0, None),
    "bool": (True, False, None),
    "timestamp": (0, 1_700_000_000_000_000, None),
}


def to_array(values: Sequence[Any], kind: str) -> Array:
    """Values of one type, None where there is none, as a function takes them: shape (n,).

    >>> to_array([1, None], "int64")
    array([ 1., nan])
    """
    if kind in _NUMBERS:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if kind == "timestamp":
        ticks = [np.iinfo(np.int64).min if value is None else value for value in values]
        return np.array(ticks, dtype=np.int64).view("datetime64[us]")
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def from_array(array: Array, kind: str) -> list[Any]:
    """Values of a function's result, None for null; what is no number of the type is null.

    Raises:
        TypeError: The array cannot hold values of this type.
        ValueError: A value of an int64 output is no whole number.
    """
    if kind == "timestamp":
        ticks = array.astype("datetime64[us]").view(np.int64)
        return [None if tick == np.iinfo(np.int64).min else int(tick) for tick in ticks.tolist()]
    if kind == "float64":
        values = array.astype(np.float64).tolist()
        return [value if abs(value) <= MAX_FLOAT else None for value in values]
    if kind == "int64":
        return [_whole(value) for value in array.tolist()]
    wanted = str if kind == "string" else bool
    found = [None if value is None else value for value in array.tolist()]
    wrong = next((value for value in found if value is not None and not isinstance(value, wanted)), None)
    if wrong is not None:
        raise TypeError(f"found {wrong!r}, expected {kind}")
    return found


def _whole(value: Any) -> int | None:
    if value is None or (isinstance(value, float) and not abs(value) <= MAX_FLOAT):
        return None
    if int(value) != value:
        raise ValueError(f"found {value!r}, expected a whole number; round it")
    return int(value)


def compute(
    spec: OnDemandSpec, function: Callable[..., Any], arguments: Mapping[str, Array]
) -> dict[str, list[Any]]:
    """Call a function with arrays of n values.

    Returns:
        Output name to n values, None for null.

    Raises:
        DefinitionError: The result is not what the view declares.
    """
    rows = len(next(iter(arguments.values())))
    found = function(**arguments)
    if not isinstance(found, Mapping):
        found = {next(iter(spec.outputs)): found}
    if set(found) != set(spec.outputs):
        raise DefinitionError(
            f"on-demand view {spec.name!r}: {spec.function} returned {', '.join(map(str, found))}, expected "
            f"{', '.join(spec.outputs)}; return one array, or a mapping of every output to one"
        )
    values: dict[str, list[Any]] = {}
    for output, kind in spec.outputs.items():
        array = np.asarray(found[output])
        where = f"on-demand view {spec.name!r}, output {output!r}"
        if array.shape != (rows,):
            raise DefinitionError(
                f"{where}: {spec.function} returned shape {array.shape} for {rows} rows, expected ({rows},); compute "
                "row by row on the arrays"
            )
        try:
            values[output] = from_array(array, kind)
        except (TypeError, ValueError) as error:
            raise DefinitionError(f"{where}, {kind}: {error}; correct {spec.function}") from error
    return values


def source_text(function: Callable[..., Any]) -> str:
    """Text of a function, which stands for what it does.

    Raises:
        DefinitionError: There is none, as for a function made at run time.
    """
    try:
        return inspect.getsource(function)
    except OSError as error:
        raise DefinitionError(
            f"function {function!r}: its text cannot be read; define it in a module's file"
        ) from error


def version_of(spec: OnDemandSpec, function: Callable[..., Any]) -> str:
    """Content version of a view: what it takes and gives, and the text of its function."""
    return content_hash([spec.function, spec.inputs, spec.request, spec.outputs, source_text(function)])


def load(spec: OnDemandSpec) -> Callable[..., Any]:
    """Import a compiled function, and make sure it is the one that was compiled.

    Raises:
        RegistryError: It is not there, or its text is another than when the registry was compiled.
    """
    module, _, name = spec.function.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise RegistryError(
            f"on-demand function {spec.function}: {error}; deploy it together with the registry"
        ) from error
    if version_of(spec, found) != spec.version:
        raise RegistryError(
            f"on-demand function {spec.function}: its text is not the one the registry was compiled from; compile the "
            "definitions with `headwater apply` and deploy both together"
        )
    return found


def try_out(spec: OnDemandSpec, function: Callable[..., Any], types: Mapping[str, str]) -> None:
    """Call a function with sample values, nulls among them, to see that it does what it declares.

    Raises:
        DefinitionError: It fails, returns something else, changes its inputs, or answers differently the
            second time or with other rows beside.
    """
    where = f"on-demand view {spec.name!r}, function {spec.function}"
    samples = {parameter: to_array(_samples(kind), kind) for parameter, kind in types.items()}
    given = {parameter: array.copy() for parameter, array in samples.items()}
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy's about NaN and no rows; what comes of them is checked
            together = compute(spec, function, given)
            again = compute(spec, function, given)
            alone = [
                compute(spec, function, {name: array[row : row + 1] for name, array in samples.items()})
                for row in range(len(next(iter(samples.values()))))
            ]
            compute(spec, function, {name: array[:0] for name, array in samples.items()})
    except DefinitionError:
        raise
    except Exception as error:
        raise DefinitionError(
            f"{where}: failed on sample values with {type(error).__name__}: {error}; it has to take arrays of any "
            "length, nulls included"
        ) from error
    unchanged = all(
        np.array_equal(samples[name], given[name], equal_nan=samples[name].dtype.kind == "f")
        for name in samples
    )
    if not unchanged:
        raise DefinitionError(f"{where}: it changes its inputs; work on copies")
    if together != again:
        raise DefinitionError(
            f"{where}: it gives two answers to one question; leave clock and randomness out"
        )
    rows = {output: [row[output][0] for row in alone] for output in spec.outputs}
    if rows != together:
        raise DefinitionError(
            f"{where}: a row's value depends on the rows beside it, which are others in serving; compute row by row"
        )


def _samples(kind: str) -> Sequence[Any]:
    if kind.startswith("list["):
        inner = _SAMPLES[kind.removeprefix("list[").removesuffix("]")]
        return [list(inner[:2]), list(inner[:1]), None]
    return _SAMPLES[kind]
