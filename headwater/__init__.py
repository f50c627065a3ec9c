"""Headwater: a feature store in which a model is served exactly what it was trained on."""
