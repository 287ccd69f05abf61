"""Dates, versions, machines and Markdown tables for the reports of the benchmarks."""

import datetime
import os
import platform
import sys
import textwrap
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:  # a checkout that is not installed
        return getattr(sys.modules.get(package), "__version__", "not installed")


def _processor():
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def versions(*packages):
    """Return the versions of Python and of some packages as one line."""
    return ", ".join(
        [
            f"Python {platform.python_version()}",
            *(f"{package} {_version(package)}" for package in packages)])


def machine():
    """Return today's date and the kind of machine."""
    return f"{datetime.date.today()}, {_processor()}, {os.cpu_count()} cores, {platform.system()}"


def table(header, rows):
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def bullets(lines):
    """Return a wrapped Markdown list."""
    return "\n".join(
        textwrap.fill(
            line, 100, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
        for line in lines)


def details(title, text):
    """Return Markdown that readers unfold by its title."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def folded(header, rows, most=8):
    """Return a Markdown table. If it has more than `most` rows, readers unfold it."""
    text = table(header, rows)
    return text if len(rows) <= most else details(f"Table with {len(rows)} rows", text)


def progress(*words):
    """Print to stderr, because stdout contains the result."""
    print(*words, file=sys.stderr, flush=True)
