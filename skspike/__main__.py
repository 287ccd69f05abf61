"""Commands of ``python -m skspike``."""

import argparse
from pathlib import Path

from ._demo import run
from ._installation import fill_cache, show_versions
from .neurons import NEURONS

FORMATS = ".png", ".jpg", ".svg", ".pdf"


def main(arguments=None):
    """Run the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m skspike")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo", help="show five findings in less than a minute, and draw them")
    demo.add_argument(
        "--figure", type=Path, default="demo.png",
        help="file for the figure, which needs matplotlib (default: %(default)s)")
    commands.add_parser("versions", help="print versions and settings for bug reports")
    warm_up = commands.add_parser(
        "warm-up", help="compile the functions of a first fit, for example in an image")
    warm_up.add_argument(
        "--neurons", nargs="+", choices=NEURONS, default=["lif"], metavar="NAME",
        help=f"neuron models: {', '.join(NEURONS)} (default: lif)")
    options = parser.parse_args(arguments)
    if options.command == "versions":
        show_versions()
    elif options.command == "warm-up":
        fill_cache(options.neurons)
    elif not options.figure.parent.is_dir() or options.figure.suffix not in FORMATS:
        demo.error(
            f"--figure must be a file in a folder that exists, with one of {', '.join(FORMATS)}, "
            f"got {options.figure}")
    else:
        run(options.figure)


if __name__ == "__main__":
    main()
