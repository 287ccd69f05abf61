"""Run one of the commands of this folder: modules with a function ``main(arguments)``."""

import importlib
import sys
from pathlib import Path

COMMANDS = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main():
    """Run the command that the first argument names."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(
            f"usage: python -m benchmarks.reliability {{{','.join(COMMANDS)}}} [options]; --help "
            "after a command lists its options")
    return importlib.import_module(f"{__package__}.{sys.argv[1]}").main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
