"""The offline engine on Spark: what the one-machine engine does, where there is more than a machine holds."""
