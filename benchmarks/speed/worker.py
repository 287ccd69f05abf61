"""The process of a contestant: one request as a line of JSON on stdin, one answer on stdout.

    {"do": "prepare", "topic": ..., "data": folder, "options": {}}
        ->  {"seconds": one warm call, "value": its result as a number}
    {"do": "run", "n": 3}
        ->  {"wall": [seconds of each call], "processor": [the same on that clock]}
    {"do": "peak"}
        ->  {"bytes": increase of the memory in one call}
    {"do": "versions"}
        ->  {"versions": {package: version}}
"""

import importlib
import json
import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from .clock import number, timed


class Answers:
    """Answers to requests."""

    def __init__(self, name):
        self.contestant = importlib.import_module(f"benchmarks.speed.contestants.{name}")
        self.call = None

    def prepare(self, topic, data, options, warm=True):
        """Prepare a topic, and run two calls to warm up."""
        self.call = None  # free the last case before the next is loaded
        arrays = {path.stem: np.load(path) for path in sorted(Path(data).glob("*.npy"))}
        self.call = getattr(self.contestant, topic)(arrays, **options)
        if not warm:
            return {"seconds": None, "value": None}
        value = number(self.call())
        return {"seconds": timed(self.call)[0], "value": value}

    def run(self, n):
        """Time n calls."""
        measured = [timed(self.call)[:2] for _ in range(n)]
        return dict(zip(("wall", "processor"), zip(*measured, strict=True), strict=True))

    def peak(self):
        """Return the increase of the peak memory of this process in one call, in bytes."""
        # forget the peak of earlier work, such as compiling
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
        self.call()
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
        return {"bytes": 1024 * int(peak) - pages * os.sysconf("SC_PAGE_SIZE")}

    def versions(self):
        """Return the versions of the contestant's packages."""
        return {"versions": {package: version(package) for package in self.contestant.PACKAGES}}


def main():
    """Answer requests until the end of stdin."""
    name, *cores = sys.argv[1:]
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, map(int, cores))
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keep the output of libraries apart from the answers
    answers = None
    for line in sys.stdin:
        try:
            answers = answers or Answers(name)
            request = json.loads(line)
            reply = getattr(answers, request.pop("do"))(**request)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main()
