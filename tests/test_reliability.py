"""The page on reliability: lines that no test reaches, and the reasons, which name present code."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.reliability import _operators as operators, coverage, mutants, page  # noqa: E402

FILE = "skspike/_base/_jit.py"


def found(lines, branches):
    """Return the report of coverage for one file."""
    return {"files": {FILE: {"missing_lines": lines, "missing_branches": branches}}}


def test_a_line_is_named_once_and_a_branch_where_both_ends_are_run():
    source = (ROOT / FILE).read_text(encoding="utf-8").splitlines()
    rows = list(coverage.unreached(found([3], [[2, 3], [3, 4], [1, 4], [4, -1]])))
    expected = [(1, "never goes on to line 4"), (3, "never run"), (4, "never goes on to the end")]
    assert [(row["line"], row["what"]) for row in rows] == expected
    assert [row["code"] for row in rows] == [
        source[row["line"] - 1].strip() for row in rows] and {row["file"] for row in rows} == {FILE}
    assert list(coverage.unreached(found([], []))) == []


def test_each_reason_belongs_to_a_line_of_today_or_of_the_stored_coverage():
    reasons = coverage.reasons()
    stored = {(row["file"], row["code"]) for row in page.rows("unreached")}
    gone = [
        (file, code)
        for file, code in reasons.keys() - stored
        if code not in map(str.strip, (ROOT / file).read_text(encoding="utf-8").splitlines())]
    assert gone == [] and all(len(reason.split()) > 3 for reason in reasons.values())


def test_each_reason_for_an_equivalent_mutant_is_that_of_a_mutant_of_today():
    sources = {file: (ROOT / file).read_bytes() for file, *_ in mutants.reasons()}
    there = {
        (file, *mutants.lines(mutant, source)) for file, source in sources.items()
        for mutant in operators.mutants(file, source)}
    assert [words for words in mutants.reasons() if words not in there] == []
    assert all(len(reason.split()) > 3 for reason in mutants.reasons().values())


def test_each_line_that_is_not_reached_has_a_reason():
    assert (
        [
            row
            for row in page.rows("unreached")
            if (row["file"], row["code"]) not in coverage.reasons()]
        == [])
