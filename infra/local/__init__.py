"""The same Pulumi program run in-process against a local cloud: no CLI, docker or account."""
