"""`python -m rockdove` is the command line."""

from rockdove.cli.main import main

main()
