"""What no resource of any environment may be: rules as plain functions, and the pack that Pulumi runs them in."""
