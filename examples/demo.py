"""Run ``python -m skspike demo``, with the same options."""

import sys

from skspike.__main__ import main

main(["demo", *sys.argv[1:]])
