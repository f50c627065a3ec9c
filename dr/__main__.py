"""``python -m dr``."""

from dr.commands import main

main()
