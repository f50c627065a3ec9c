"""The lookup function: feature vectors for a model."""
