"""What would cost less, by how much, and at which risk: each piece is an estimate of the same environment, changed."""
