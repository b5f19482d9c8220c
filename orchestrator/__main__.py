"""`python -m orchestrator` is `kairos`."""

from orchestrator.cli import main

main()
