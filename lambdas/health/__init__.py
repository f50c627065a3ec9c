"""The health function: whether a region answers, for health checks that cannot sign."""
