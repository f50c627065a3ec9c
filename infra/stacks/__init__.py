"""The whole platform as one program: configuration, the stack of a region, the stack of the platform."""
