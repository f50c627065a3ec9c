"""The same resources for teams on Terraform or OpenTofu, and the real provider's judgement of them."""
