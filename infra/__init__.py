"""Infrastructure: components, the stacks made of them, the local cloud, and the packaging of functions."""
