"""How each resource type is created for real in the local cloud: one file a service."""
