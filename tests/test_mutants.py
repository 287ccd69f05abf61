"""Mutation testing: operators give different valid code, and no mutant is tried twice."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.exhaustive  # a tool of developers

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.reliability import mutants as command  # noqa: E402
from benchmarks.reliability._operators import OPERATORS, compiles, mutants  # noqa: E402
from benchmarks.reliability._tests_of import FOLDERS, tests_of as chosen_tests  # noqa: E402

SOURCE = '''
"""A docstring with 1 < 2."""
from x import y

def f(a: int = 3, *, b: bool = True, c: str = "no 4") -> "5":
    """Return 6."""
    total = min(a, 7) if b else -a
    while total <= 8 and y(total):
        total += a[b] * 2 - a[b, 0:1]
    a[b] = total
    y(a)
    if total not in (9,):
        raise ValueError(f"{total + 10} is not {c + 'eleven'}, but 12")
    return total / a
E = Equations(states=("v",), charge="""
    if smooth:
        dv/dt = (é - v) / tau + x
    v = 13 * v
""", margin="v - 14")
'''.encode()  # fmt: skip
FOUND = mutants("f.py", SOURCE)


def test_every_operator_gives_code_that_compiles_and_differs():
    assert {mutant.operator for mutant in FOUND} == {operator.__name__ for operator in OPERATORS}
    sources = [mutant.source(SOURCE) for mutant in FOUND]
    assert all(map(compiles, sources)) and len(set(sources)) == len(sources)
    tree = ast.dump(ast.parse(SOURCE))
    assert [
        mutant
        for mutant, source in zip(FOUND, sources, strict=True)
        if ast.dump(ast.parse(source)) == tree] == []


def test_what_changes_no_result_is_left_alone():
    lines = SOURCE.decode().splitlines()
    heads = ('"""A', "from", '    """', "        raise", "    if smooth")
    untouched = {k for k, line in enumerate(lines, 1) if line.startswith(heads)}
    assert len(untouched) >= 4 and not untouched & {mutant.line for mutant in FOUND}
    assert not any(word in mutant.text for mutant in FOUND for word in ("str", "'5'", "no 4 "))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("total <= 8", "(total < 8)"), ("total <= 8", "(total >= 8)"), ("min(a, 7)", "max(a, 7)"),
        ("-a", "a"), ("7", "6"), ("True", "False"), ("total += a[b] * 2 - a[b, 0:1]", "pass"),
        ("a[b]", "a[b + 1]"), ("a[b, 0:1]", "a[b - 1, 0:1]"), ("3", "4"), ("13", "14"),
        ("total not in (9,)", "(not total not in (9,))"), ("b", "(not b)"), ("é - v", "(é + v)"),
        ("v - 14", "(v + 14)"), ("a[b] = total", "pass")])  # fmt: skip
def test_a_change_is_one_of_those_that_a_hand_makes(before, after):
    assert (before, after) in {
        (SOURCE[mutant.start : mutant.stop].decode(), mutant.text) for mutant in FOUND}


def test_every_folder_names_tests_that_exist():
    for path in (path for folder in FOLDERS for path in (ROOT / "skspike" / folder).glob("*.py")):
        for compiled in (False, True):
            tests = [
                (test, *options)
                for test, options in chosen_tests(path.relative_to(ROOT).as_posix(), compiled)]
            assert [test for test, *_ in tests if not (ROOT / test).exists()] == [] and len(
                tests) == len(set(tests)) > 1


def test_a_sample_is_that_of_its_seed_and_spans_files_and_operators():
    sources = {f"skspike/x/{name}.py": SOURCE for name in "abc"}
    drawn = command.sample(sources, 36, seed=0)
    assert drawn == command.sample(sources, 36, seed=0) != command.sample(sources, 36, seed=1)
    assert {mutant.file for mutant in drawn} == sources.keys() and len(set(drawn)) == 36
    assert {mutant.operator for mutant in drawn} == {operator.__name__ for operator in OPERATORS}
    assert set(drawn) < set(command.sample(sources, 60, seed=0))


TRIALS = """
import sys
from pathlib import Path
from benchmarks.reliability._trial import Finder, prepare, trials
tree, file, before, after = sys.argv[1:]
prepare(Path(tree))
source = Path(file).read_text(encoding="utf-8")
sources = {
    "unchanged": source, "planted": source.replace(before, after),
    "endless": source + "while True: pass"}
tests = [("tests/coding/test_latency.py", ["-m", "small"])]
waiting = [(name, Finder(file, text.encode()), tests, False) for name, text in sources.items()]
for name, found in trials(waiting, jobs=2):
    print(name, found.outcome, found.test)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_mistakes_are_killed_endless_loops_time_out_and_unchanged_code_survives(tmp_path):
    where = [str(tmp_path / "tree"), "skspike/coding/_latency.py", "x >= lowest", "x > lowest"]
    result = subprocess.run(
        [sys.executable, "-c", TRIALS, *where], cwd=ROOT, capture_output=True, text=True)
    found = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert found.keys() == {"unchanged", "planted", "endless"}, result.stderr
    assert found["unchanged"] == ["survived"] and found["endless"] == [
        "timeout", "tests/coding/test_latency.py"]
    assert found["planted"][0] == "killed" and found["planted"][1].startswith(
        "tests/coding/test_latency.py::test_")


@pytest.fixture
def tried(monkeypatch):
    """Return the keys of tried mutants. Each run tries two, and all survive."""
    keys = []

    def attempt(chosen, sources, results, compiled, jobs):
        for key, mutant in list(chosen.items())[:2]:
            words = (
                key, mutant.file, mutant.line, mutant.operator,
                *command.lines(mutant, sources[mutant.file]), "survived", 1, 0.5, "")
            results.add(dict(zip(command.COLUMNS, map(str, words), strict=True)))
            keys.append(key)

    monkeypatch.setattr(command, "attempt", attempt)
    monkeypatch.setattr(command, "prepare", lambda tree: None)
    return keys


def test_a_run_goes_on_where_the_last_was_stopped(tried, tmp_path, capsys):
    options = [
        "--mutants", "1000", "--only", "coding/_latency", "--output", str(tmp_path / "rows.csv")]
    for _ in range(4):
        command.main(options)
    assert 2 <= len(tried) == len(set(tried)) <= 8
    assert (
        f"| coding | {len(tried)} | 0 | 0 | 0 | {len(tried)} | 0.0 % |" in capsys.readouterr().out)
    command.main([*options, "--again"])
    assert len(tried) == len(set(tried)) + 2


def test_a_row_that_a_kill_cut_short_is_tried_again(tried, tmp_path):
    rows = tmp_path / "rows.csv"
    command.main(["--only", "coding/_latency", "--output", str(rows)])
    rows.write_text(rows.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    command.main(["--only", "coding/_latency", "--output", str(rows)])
    assert len(tried) > len(set(tried))


def test_a_change_of_the_source_is_another_mutant():
    mutant = FOUND[0]
    assert mutant.key(SOURCE) == FOUND[0].key(SOURCE) != mutant.key(
        SOURCE + b"# more") and mutant.key(SOURCE) != FOUND[1].key(SOURCE)
