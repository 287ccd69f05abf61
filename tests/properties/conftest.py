"""Profiles of hypothesis.

The suite runs the same few cases every time, three of each property in `make test` and five in
`make test-all`. `make fuzz` runs many others (benchmarks/reliability/fuzz.py).
"""

import os

from hypothesis import HealthCheck, settings

COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

settings.register_profile(
    "quick", derandomize=True, max_examples=int(os.environ.get("QUICK_EXAMPLES", 3)), **COMMON)
settings.register_profile(
    "fuzz", max_examples=int(os.environ.get("FUZZ_EXAMPLES", 100)), print_blob=True, **COMMON)
settings.load_profile("fuzz" if "FUZZ_EXAMPLES" in os.environ else "quick")
