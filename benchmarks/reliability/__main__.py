"""Run one of the commands: python -m benchmarks.reliability COMMAND ..."""

import importlib
import sys
from pathlib import Path

COMMANDS = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))

if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m benchmarks.reliability COMMAND [options]; the commands: {', '.join(COMMANDS)}")
    importlib.import_module(f"benchmarks.reliability.{sys.argv[1]}").main(sys.argv[2:])
