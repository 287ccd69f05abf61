"""Stored results of the benchmarks, and the pages that show them."""

import importlib.util
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import evidence  # noqa: E402

# benchmarks/ has another module of this name
place = importlib.util.spec_from_file_location("cells", ROOT / "doc" / "figures" / "tables.py")
tables = importlib.util.module_from_spec(place)
place.loader.exec_module(tables)

RESULTS = evidence.stored()
PAGES = {
    file.relative_to(evidence.DOC).as_posix(): file.read_text(encoding="utf-8")
    for file in evidence.pages()}
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def is_rounded(shown, exact):
    """Return whether a number is another one, rounded to the digits that are shown."""
    shown, exact = shown.replace(",", ""), str(exact).replace(",", "")
    n_digits = len(shown.partition(".")[2])
    return abs(float(shown) - float(exact)) <= 0.5 * 10**-n_digits + 1e-9


def pattern_of(sentence):
    """Return the pattern of a sentence in text with single spaces. Words N are numbers."""
    pattern = re.escape(" ".join(sentence.split())).replace(r"\ ", " ")
    return re.compile(re.sub(r"\bN\b", lambda _: f"({NUMBER.pattern})", pattern))


def found_in(sentence, text):
    """Return the numbers in a text in place of the words N of a sentence."""
    found = list(pattern_of(sentence).finditer(" ".join(text.split())))
    assert len(found) == 1, f"The sentence {sentence!r} is {len(found)} times in the text."
    return found[0].groups()
