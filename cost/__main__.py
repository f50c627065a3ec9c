"""``python -m cost``."""

from cost.commands import main

main()
