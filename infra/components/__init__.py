"""Pulumi components, one a file: typed arguments in, resources, declared outputs."""
