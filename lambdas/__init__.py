"""Deployed functions: one folder each. Wiring only; the work itself is in `headwater`."""
