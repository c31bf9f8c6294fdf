"""`python -m bot`: the same as the command `covenant`."""

from bot.cli import main

main()
