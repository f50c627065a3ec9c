"""Builds the zips of the functions: reproducible, and holding only what the function imports."""
