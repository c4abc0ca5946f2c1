"""`python -m cs_helper`."""

from cs_helper.cli import main

main()
