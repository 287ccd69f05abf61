"""The code of the README and of the pages runs and prints what it shows."""

import doctest
import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path for path in [*ROOT.glob("doc/*.rst"), *ROOT.glob("doc/guide/*.rst")]
    # the page on clusters needs one
    if ">>> " in path.read_text(encoding="utf-8") and path.stem != "clusters")
FRACTION = re.compile(r"-?\b\d+\.\d*")
BLOCK = re.compile(r"```python\n(.+?)```\n\n((?:    [^\n]+\n)+)", re.DOTALL)


class NearChecker(doctest.OutputChecker):
    """Accept fractions that differ by up to 0.02 or 3 %, because of the libraries' rounding."""

    def check_output(self, want, got, optionflags):
        """Compare fractions with a tolerance, anything else exactly."""
        pairs = zip(FRACTION.findall(want), FRACTION.findall(got), strict=False)
        same = super().check_output(
            FRACTION.sub("number", want), FRACTION.sub("number", got), optionflags)
        return same and all(
            abs(float(one) - float(other)) < max(0.021, 0.03 * abs(float(one)))
            for one, other in pairs)


@pytest.mark.exhaustive  # takes minutes
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_runs_and_prints_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the code writes files
    text = page.read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text, {}, page.stem, None, 0)
    runner = doctest.DocTestRunner(NearChecker(), optionflags=doctest.NORMALIZE_WHITESPACE)
    with warnings.catch_warnings():  # the chapter on pitfalls makes errors of them
        assert runner.run(example).failed == 0


def test_the_readme_runs_and_prints_what_it_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks, names = BLOCK.findall(readme), {}
    assert len(blocks) == readme.count("```python") > 0
    for code, want in blocks:
        exec(compile(code, "README.md", "exec"), names)
        assert NearChecker().check_output(
            want, capsys.readouterr().out, doctest.NORMALIZE_WHITESPACE)
