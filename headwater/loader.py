"""Finds the feature services that a package of definitions declares."""

import importlib
import pkgutil

from headwater.definitions import FeatureService
from headwater.errors import DefinitionError


def load_services(package: str) -> list[FeatureService]:
    """Import a package of definitions and return its feature services, by name.

    Args:
        package: Importable package; each of its modules is imported.

    Raises:
        DefinitionError: The package cannot be imported or declares no service.
    """
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise DefinitionError(
            f"definitions {package!r}: {error}; name an importable package, such as 'features'"
        ) from error
    modules = [
        importlib.import_module(f"{package}.{module.name}")
        for module in pkgutil.iter_modules(getattr(root, "__path__", []))
    ]
    found = [
        value
        for module in (root, *modules)
        for value in vars(module).values()
        if isinstance(value, FeatureService)
    ]
    if not found:
        raise DefinitionError(
            f"definitions {package!r}: no FeatureService in any of its modules; declare one at the top of a module"
        )
    return sorted({id(service): service for service in found}.values(), key=lambda service: service.name)
