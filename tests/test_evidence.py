"""Tables of the documentation equal what `make evidence` has stored, and "Compare" quotes them."""

import ast
import importlib
import json
import re
import sys
from types import SimpleNamespace

import pytest
from measured import (
    NUMBER, PAGES, RESULTS, ROOT, evidence, found_in, is_rounded, pattern_of, tables)

PARTS = evidence.PARTS
# Parts that ran again on a later state, which has the same golden values.
LATER = {"fuzz", "loading", "mutants", "soak", "speed"}
NUMBER_OF_GOLDEN_VALUES = json.loads(evidence.GOLDEN.read_text(encoding="utf-8"))["number"]
BLOCKS = [
    (page, found) for page, text in PAGES.items() for found in evidence.BLOCK.finditer(text)]


def tables_outside(text):
    """Return the headers of the Markdown tables that are not between markers."""
    rest = evidence.BLOCK.sub("", text)
    return re.findall(r"(?:\A|(?<=\n\n))(\|.*)\n\| ?-", rest)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_stored_tables(page):
    assert evidence.replaced(PAGES[page], RESULTS) == PAGES[page], (
        "Run `python benchmarks/evidence.py --write`. Do not edit between the markers.")


@pytest.mark.parametrize("page", PAGES)
def test_every_marker_is_part_of_a_pair(page):
    text = PAGES[page]
    n_pairs = len(evidence.BLOCK.findall(text))
    assert len(re.findall(r"^(?:<!--|\.\.) evidence: ", text, re.MULTILINE)) == n_pairs
    assert len(re.findall(r"^(?:<!-- end -->|\.\. end)$", text, re.MULTILINE)) == n_pairs


def test_a_marker_names_a_part_of_its_page_and_a_stored_table():
    for page, block in BLOCKS:
        name = block["part"]
        if name == evidence.EVERY:
            continue
        assert PARTS[name].page == page
        if name in RESULTS and block["table"]:
            assert 1 <= int(block["table"]) <= len(evidence.tables_of(RESULTS[name]))


def test_a_page_with_a_table_of_a_part_says_where_it_comes_from():
    of_tables = {(page, block["part"]) for page, block in BLOCKS if block["table"]}
    of_origins = {(page, block["part"]) for page, block in BLOCKS if not block["table"]}
    assert of_tables <= of_origins


def test_what_is_stored_is_shown_and_says_where_it_comes_from():
    on_pages = {block["part"] for _, block in BLOCKS}
    for name, result in RESULTS.items():
        assert name in on_pages or result.get("files"), name
        assert all(re.fullmatch("[0-9a-f]{10,}", result[key]) for key in ("commit", "package"))
        assert all(result[key] for key in ("date", "machine", "versions", "seconds"))


def test_all_results_are_of_the_present_commands_and_of_one_state_of_the_package():
    results = {name: RESULTS[name] for name in PARTS}
    assert all(result["command"] == PARTS[name].command for name, result in results.items())
    assert {result["golden"] for result in results.values()} <= {NUMBER_OF_GOLDEN_VALUES}
    states = {name: result["state"] for name, result in results.items() if name not in LATER}
    assert len({*states.values()}) <= 1


def test_files_that_a_part_writes_are_as_it_wrote_them():
    for result in RESULTS.values():
        for file, value in result.get("files", {}).items():
            assert evidence.digest(evidence.DOC / file) == value, file


def test_the_page_of_measurements_has_a_row_for_every_part():
    (block,) = (block for _, block in BLOCKS if block["part"] == evidence.EVERY)
    assert re.findall(r"^\| ([\w-]+) \| `python", block["text"], re.MULTILINE) == list(PARTS)


def test_no_table_is_put_together_by_hand():
    assert tables_outside(PAGES["measured.md"]) == []


# The numbers in the columns "skspike" and "compared with" of each row of compare.md: part, pattern
# of a row and column of its page.
SERIES = "mean", "test half"
QUOTED = {
    "How accurate are `SpikingRocket`": [
        *(("series", "SpikingRocket ", column) for column in SERIES),
        *(
            ("series", f"{model} ", column)
            for model in ("MiniRocket", "QUANT") for column in SERIES)],
    "Can it classify spike trains": [
        *(
            ("reproduction", "markov raw", column)
            for column in ("SpikeTrainClassifier", "LZC, LDA", "counts, LDA")),
        ("trains", "markov, 20 x 250", "limit")],
    "Do learned time constants help a network": [
        *(
            ("reproduction", "surrogate gradient, LIF telegraph", column)
            for column in ("learned", "fixed", "one tuned τ")),
        *(
            ("reproduction", "surrogate gradient, LIF poisson", column)
            for column in ("learned", "fixed"))],
    "How long is an epoch": [
        ("speed", "A: 1024", column) for column in ("skspike, ms", "snntorch, ms", "spyx, ms")],
}


def measured_rows(text):
    """Return the rows of the measured table: question and the numbers of the next two columns."""
    body = text.split("| question | skspike |", 1)[1].split("\n\n", 1)[0]
    rows = [line.strip("|").split("|") for line in body.splitlines()[2:]]
    return {
        row[0].strip(): NUMBER.findall(" ".join(row[1:3]).replace("500 trees", "")) for row in rows}


def quoted(part, row, column):
    """Return the numbers of a cell: the value, and the deviation if there is one."""
    cell = tables.cells(PARTS[part].page, row, column)[0]
    return NUMBER.findall(re.match(r"[\d.,]+(?: ± [\d.]+)?", cell)[0])


def wrong_rows(text):
    """Return the rows whose numbers differ from the pages."""
    wrong = {}
    for question, numbers in measured_rows(text).items():
        (sources,) = [sources for start, sources in QUOTED.items() if question.startswith(start)]
        rest = list(numbers)
        for source in sources:
            for exact in quoted(*source):
                # a deviation may be left out
                if rest and is_rounded(rest[0], exact):
                    del rest[0]
        if rest:
            wrong[question] = rest
    return wrong


COMPARE = (ROOT / "doc" / "compare.md").read_text(encoding="utf-8")


def test_the_numbers_of_the_comparison_are_those_of_the_pages():
    assert len(measured_rows(COMPARE)) == len(QUOTED)
    assert wrong_rows(COMPARE) == {}


@pytest.mark.parametrize("question", QUOTED)
def test_a_wrong_number_in_the_comparison_is_found(question):
    (row,) = (line for line in COMPARE.splitlines() if line.startswith(f"| {question}"))
    _, asked, answer = row.split("|", 2)
    for found in NUMBER.finditer(answer.rpartition("|")[0].rpartition("|")[0]):
        digit = str((int(found[0][-1]) + 5) % 10)
        changed = f"|{asked}|{answer[: found.end() - 1]}{digit}{answer[found.end():]}"
        assert wrong_rows(COMPARE.replace(row, changed)), found[0]


def files_of(name):
    """Return the names of the files that a part depends on."""
    return {file.relative_to(ROOT).as_posix() for file in evidence.sources(name)}


def scripts_of(name):
    """Return the files in benchmarks/ that a part depends on."""
    return {file for file in files_of(name) if file.startswith("benchmarks/")}


def test_a_part_depends_on_the_files_that_it_runs_and_imports():
    assert scripts_of("adaptation-users") == {"benchmarks/adaptation.py", "benchmarks/_report.py"}
    assert scripts_of("defaults") >= {
        "benchmarks/defaults.py", "benchmarks/series.py", "benchmarks/temporal.py"}
    topics = {f"benchmarks/speed/topics/{name}.py" for name in ("rules", "training")}
    assert scripts_of("speed") >= {"benchmarks/speed/__main__.py", "benchmarks/_report.py"} | topics
    # a command of a folder does not depend on the others
    assert scripts_of("soak") == {
        "benchmarks/_report.py", "benchmarks/reliability/_results.py",
        "benchmarks/reliability/soak.py"}
    assert all(scripts_of(name) for name in PARTS)


def test_a_part_depends_on_the_modules_of_the_package_that_it_imports():
    weights = files_of("weights")
    assert {"skspike/__init__.py", "skspike/neurons/_lif.py"} <= weights
    assert not [file for file in weights if file.startswith("skspike/export/")]
    # files in other languages count too, and the tests of reliability use the whole package
    assert {"skspike/export/_to_c.py", "skspike/export/run.c"} <= files_of("export")
    assert {"skspike/testing/_rule.py", "skspike/export/_to_c.py"} <= files_of("soak")


def imported_by(file):
    """Yield the modules and the names that a file imports from the package."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "skspike":
            yield from ((node.module, alias.name) for alias in node.names)


def test_the_package_has_what_benchmarks_import():
    pairs = {pair for file in (ROOT / "benchmarks").rglob("*.py") for pair in imported_by(file)}
    assert len(pairs) > 50
    missing = [
        f"{module}.{name}" for module, name in sorted(pairs)
        if not hasattr(importlib.import_module(module), name)
        and not importlib.util.find_spec(f"{module}.{name}")]
    assert missing == []


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("def f(x):\n    return x\n", 'def f(x):  # why\n    """A."""\n\n    return x\n', True),
        (
            '"""A."""\nclass A:\n    """A."""\n    a = 1\n',
            '"""B."""\nclass A:\n    """B."""\n    a = 1\n', True),
        ("from .old import a\nx = 1\ny = 2\n", "from .new import a\ny = 2\nx = 1\n", True),
        ("from skspike import LIF\nx = 1\n", "import skspike.neurons\nx = 1\n", True),
        (
            'def f():\n    """A."""\n    return "A"\n', 'def f():\n    """A."""\n    return "B"\n',
            False),
        ("from math import exp as f\n", "from math import log as f\n", False),
        ("x = 1\n", "x = 2\n", False), ("x = 1\n", "x = 1.0\n", False)])
def test_comments_docstrings_and_places_are_not_code(old, new, same, tmp_path):
    files = tmp_path / "old.py", tmp_path / "new.py"
    for file, text in zip(files, (old, new), strict=True):
        file.write_text(text, encoding="utf-8")
    first, second = (evidence.code_of([file]) for file in files)
    assert (first == second) == same


def test_definitions_may_move_to_another_file(tmp_path):
    texts = {"whole": "def f(): return 1\nx = 2\n", "a": "x = 2\n", "b": "def f(): return 1\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    whole, *parts = (tmp_path / f"{name}.py" for name in texts)
    assert evidence.code_of([whole]) == evidence.code_of(parts) != evidence.code_of(parts[:1])


def test_changes_must_be_committed(monkeypatch, tmp_path):
    monkeypatch.setattr(evidence, "ROOT", tmp_path)
    file = tmp_path / "script.py"
    file.write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(evidence, "sources", lambda name: [file])
    evidence.git("init", "-q")
    evidence.git("add", "-A")
    evidence.git(
        "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false",
        "commit", "-q", "-m", "first")
    state = evidence.state_of("one")
    file.write_text("x = 2\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"Commit these changes first.*\n.*script\.py"):
        evidence.state_of("one")
    evidence.git("checkout", "script.py")
    assert evidence.state_of("one") == state


# Sentences with numbers N of pages that have no tables of their own, and their sources. If one
# has deviations, then of all numbers with one.
OF_CHIP = ("exercises", "exercises ", "flash, kB"), ("exercises", "exercises ", "RAM, kB")
COMPARED = {
    "recognise the activity after N % of a recording on average, and are right in N % of "
    "recordings": [
        ("decoding-sensors", "activity on a smartwatch", column)
        for column in ("mean time", "early")],
    "The fit takes N s": [("decoding-sensors", "activity on a smartwatch", "seconds")],
    "MiniRocket is right in N % of recordings, a forest of 500 trees in N %, and our neurons in "
    "N %": [
        ("decoding-sensors", "activity on a smartwatch", column)
        for column in ("MiniRocket", "forest", "early")],
    "On N data sets, `EarlyClassifier` has N % after N % of the signal, and TEASER N % after N %, "
    "in a median time of a fit of N s instead of N s": [
        ("early", "neurons, cost 0.1 8", "sets"), ("early", "neurons, cost 0.1 8", "accuracy"),
        ("early", "neurons, cost 0.1 8", "time"), ("early", "TEASER 8", "accuracy"),
        ("early", "TEASER 8", "time"), ("early", "neurons, cost 0.1 8", "fit, s"),
        ("early", "TEASER 8", "fit, s")],
    "random neurons are right on N ± N % of recordings of the smartwatch, and need N kB of flash "
    "and N kB of RAM": [
        ("devices", "activity on a smartwatch, neurons, int8", column)
        for column in ("accuracy", "flash, kB", "RAM, kB")],
    "decides after the mean time that the neurons take. It is right on N ± N %, and needs N kB "
    "and N kB": [
        ("devices", "activity on a smartwatch, 10 trees of statistics", column)
        for column in ("accuracy", "flash, kB", "RAM, kB")],
    "random neurons are right in N %, a forest of statistics of each channel in N %, one of all "
    "values in N %": [
        ("devices", f"hand that draws or points, {model}", "accuracy")
        for model in ("neurons, int8", "100 trees of statistics", "100 trees of values")],
    "On generated trains of equal rate, they have N ± N %, and counts N ± N %. No classifier can "
    "have more than N ± N %": [
        ("trains", "markov, 4 x 100 ", column)
        for column in ("SpikeTrainClassifier", "counts", "limit")],
    "whether a sound became louder or softer in N % of N cases, bins of 1 ms in N %, and counts in "
    "N %": [
        ("recordings", "louder or softer, recording 1", column)
        for column in (
            "SpikeTrainClassifier", "samples", "bins of 1 ms", "counts")],
    "With default settings in a pipeline, a trained network has N % on 15 data sets of whole "
    "series, and MiniRocket N %": [
        ("defaults", "15 data sets of series", "pipeline"), ("series", "MiniRocket ", "mean")],
}
SENTENCES = {
    "README.md": {
        "MiniRocket has N % and needs all N s": [
            ("exercises", r"MiniRocket \d", column) for column in ("right, %", "after, s")],
        "The C code with weights of 8 bits has N %, too": [
            ("exercises", "early, C, int8 .* ±", "right, %")],
        "On a Cortex-M4 it takes N kB of flash and N kB of RAM": OF_CHIP},
    "doc/quickstart.rst": {
        "it takes N kB of flash and N kB of RAM on a Cortex-M4": OF_CHIP},
    "doc/compare.md": COMPARED}
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in (*SENTENCES, "doc/index.rst")}
CASES = [(page, sentence) for page, sentences in SENTENCES.items() for sentence in sentences]


@pytest.mark.parametrize(("page", "sentence"), CASES)
def test_a_sentence_of_a_page_has_the_numbers_of_a_table(page, sentence):
    found = found_in(sentence, TEXTS[page])
    numbers = None if "±" in sentence else 1
    exact = [
        number for source in SENTENCES[page][sentence] for number in quoted(*source)[:numbers]]
    assert len(found) == len(exact)
    assert all(map(is_rounded, found, exact))


def test_the_readme_has_the_time_of_a_step_and_the_recorded_turns():
    text = " ".join(TEXTS["README.md"].split())
    (instructions,) = quoted("exercises", "exercises ", "instructions in a step")
    ms = float(instructions.replace(",", "")) / 30e3  # of a Cortex-M4 at 64 MHz
    assert f"a step takes about {ms:.0f} of 40 ms" in text
    # the page computes them in an example that is run
    counts, trains = re.search(
        r"KFold\(5\)\)\.mean\(\):.*\n +0\.(\d+)\n +0\.(\d+)\n", PAGES["recordings.rst"]).groups()
    assert f"tell turns apart in {trains} %, counts in {counts} %" in text


# Numbers with a unit that are in no such sentence, each with the word before it: settings and
# chance, and what a test above, an example on the page or a substitution checks
OTHERS = {
    "README.md": {"is 14 %", "of 40 ms", "in 82 %", "in 54 %", "to 31 times", "Python 3.11"},
    "doc/index.rst": set(),
    "doc/quickstart.rst": {"/ 25 ms", "bring 50 points"},
    "doc/compare.md": {"least 9 times", "to 31 times"}}
UNITS = re.compile(
    r"(\S*?) ?[(*\[+-]*(?<![\d.,\w-])(\d+(?:,\d{3})*(?:\.\d+)?) ?"
    r"(%|kB|MB|GB|ms\b|µs\b|points?\b|times\b|(?<=\.\d)(?!\w)|(?<=\.\d\d)(?!\w))")
CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`|\]\([^)]*\)", re.DOTALL)


def numbers_without_a_source(page, text):
    """Return the numbers with a unit or decimals in no sentence of `SENTENCES`, after their word.

    Examples and tables do not count.
    """
    lines = [x for x in CODE.sub("", text).splitlines() if not x.startswith(("|", "    "))]
    words = " ".join(" ".join(lines).split())
    for sentence in SENTENCES.get(page, ()):
        words = pattern_of(CODE.sub("", sentence)).sub("", words)
    return {" ".join(found).strip() for found in UNITS.findall(words)}


@pytest.mark.parametrize("page", TEXTS)
def test_a_number_of_a_page_has_a_source(page):
    assert numbers_without_a_source(page, TEXTS[page]) == OTHERS[page]


def test_a_number_without_a_source_is_found():
    text = "It has 4 kB, and 5.25 or 6 % of\n1,000 points. It takes 7 kB. `8 kB`, 9 of 10.\n"
    assert numbers_without_a_source("README.md", text) == {
        "has 4 kB", "and 5.25", "or 6 %", "of 1,000 points", "takes 7 kB"}


@pytest.mark.parametrize("page", ["README.md", "doc/compare.md"])
def test_a_page_has_the_measured_ratios_of_training(page):
    found = tables.ratios("[ABC]: 1024", "snntorch, ms")
    assert len(found) == 3
    sentence = f"train {min(found):.0f} to {max(found):.0f} times as fast as in snntorch"
    assert sentence in " ".join((ROOT / page).read_text(encoding="utf-8").split())


def test_the_comparison_has_the_measured_ratio_of_distances():
    found = tables.distances()
    assert len(found) == 6
    assert len({package for _, package in found}) == 4
    sentence = f"at least {min(found.values()):,.0f} times as fast as in four other packages"
    assert sentence in " ".join(COMPARE.split())


RESULT = {
    "command": "", "commit": "0123456789", "date": "2026-11-28", "machine": "a machine",
    "versions": "Python 3.11.7", "seconds": 2.0,
    "output": ["text", "", "| a | b |", "| --- | --- |", "| x | 1.5 |", "|  | 2 |", "", "| c |",
               "| --- |", "| `3` |"]}


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("weights 1", "| a | b |\n| --- | --- |\n| x | 1.5 |\n|  | 2 |"),
        ("weights 1 x", "| a | b |\n| --- | --- |\n| x | 1.5 |"),
        ("weights 2", "| c |\n| --- |\n| `3` |")])
def test_text_between_markers_is_the_stored_table(name, want):
    page = f"before\n\n<!-- evidence: {name} -->\n\nold\n\n<!-- end -->\n\nafter"
    new = evidence.replaced(page, {"weights": RESULT})
    assert new == f"before\n\n<!-- evidence: {name} -->\n\n{want}\n\n<!-- end -->\n\nafter"
    assert evidence.replaced(new, {"weights": RESULT}) == new
    edited = new.replace("1.5", "1.6").replace("`3`", "`4`")
    assert evidence.replaced(edited, {"weights": RESULT}) == new != edited
    assert evidence.replaced(page, {}) == page


def test_tables_in_restructuredtext_have_the_same_cells():
    page = ".. evidence: weights 1\n\nold\n\n.. end\n\n.. evidence: weights\n\nold\n\n.. end\n"
    new = evidence.replaced(page, {"weights": RESULT})
    assert "=  ===\na  b\n=  ===\nx  1.5\n\\  2\n=  ===" in new
    assert "commit 0123456789, 2026-11-28, a machine, Python 3.11.7." in new


@pytest.fixture
def project(monkeypatch, tmp_path):
    """Use a folder with one page and one part, whose command counts its runs."""
    doc = tmp_path / "doc"
    doc.mkdir()
    (doc / "page.md").write_text(
        "<!-- evidence: one -->\n\n-\n\n<!-- end -->\n\n<!-- evidence: one 1 -->\n\n-\n\n"
        "<!-- end -->\n", encoding="utf-8")
    script = tmp_path / "benchmarks" / "script.py"
    script.parent.mkdir()
    script.write_text(
        "import pathlib, sys\n"
        "runs = pathlib.Path(__file__).with_name('runs')\n"
        "n = int(runs.read_text()) + 1 if runs.exists() else 1\n"
        "runs.write_text(str(n))\n"
        "if '--fail' in sys.argv: sys.exit(1)\n"
        "print(f'| n |\\n| --- |\\n| {n} |')\n", encoding="utf-8")
    part = evidence.Part(script.as_posix(), "page.md")
    for name, value in {
            "DOC": doc, "ROOT": tmp_path, "STORE": doc / "evidence.json", "PARTS": {"one": part},
            "BENCHMARKS": script.parent, "commit": lambda: project.commit,
            "state_of": lambda name: project.state,
            "has_golden_values": lambda: project.has_golden_values}.items():
        monkeypatch.setattr(evidence, name, value)
    project = SimpleNamespace(
        commit="0" * 10, state=evidence.State("scripts", "package", 1), doc=doc, part=part,
        has_golden_values=True)
    return project


def call(monkeypatch, project, *words):
    """Run the command line, and return the number in the table of the page."""
    monkeypatch.setattr(sys, "argv", ["evidence.py", *words])
    evidence.main()
    page = (project.doc / "page.md").read_text(encoding="utf-8")
    return re.search(r"\| n \|\n\| --- \|\n\| (\d+) \|", page)


def test_a_part_is_run_once_for_each_state(monkeypatch, project):
    assert call(monkeypatch, project)[1] == "1"
    project.commit = "1" * 10
    assert call(monkeypatch, project)[1] == "1"
    result = evidence.stored()["one"]
    assert (result["commit"], result["state"]) == ("0" * 10, "1" * 10)
    project.state = project.state._replace(package="changed")
    assert call(monkeypatch, project, "--keep")[1] == "1"
    assert call(monkeypatch, project, "--plan")[1] == "1"
    assert evidence.stored()["one"]["package"] == "package"
    assert call(monkeypatch, project)[1] == "2"
    assert evidence.stored()["one"]["commit"] == "1" * 10


@pytest.mark.parametrize(
    ("exact", "has_golden_values", "change", "runs"),
    [
        (True, True, {"package": "changed"}, "1"), (False, True, {"package": "changed"}, "2"),
        (True, False, {"package": "changed"}, "2"), (True, True, {"scripts": "changed"}, "2"),
        (True, True, {"package": "changed", "golden": 2}, "2"), (False, False, {"golden": 2}, "1")])
def test_equal_golden_values_keep_a_part_that_is_exact(
        monkeypatch, project, exact, has_golden_values, change, runs):
    evidence.PARTS["one"] = project.part._replace(exact=exact)
    call(monkeypatch, project)
    project.state, project.has_golden_values = project.state._replace(**change), has_golden_values
    project.commit = "1" * 10
    assert call(monkeypatch, project)[1] == runs
    result = evidence.stored()["one"]
    assert evidence.State(*(result[field] for field in evidence.State._fields)) == project.state
    assert result["state"] == "1" * 10


def test_only_parts_that_print_no_time_are_exact():
    times = re.compile(r"\bs\b|\bms\b|µs|\btime\b|[Ss]econds")
    exact = [name for name in RESULTS if PARTS[name].exact]
    assert exact
    assert not [
        name for name in exact for header, *_ in evidence.tables_of(RESULTS[name])
        if times.search(" ".join(header))]


def test_a_part_with_another_command_is_run_again(monkeypatch, project):
    call(monkeypatch, project)
    evidence.PARTS["one"] = project.part._replace(command=project.part.command + " --seeds 1")
    assert call(monkeypatch, project, "--keep")[1] == "2"


def test_a_part_that_fails_is_not_stored(monkeypatch, project):
    evidence.PARTS["one"] = project.part._replace(command=project.part.command + " --fail")
    assert call(monkeypatch, project) is None
    assert evidence.stored() == {}


def test_a_part_without_its_needs_is_skipped(monkeypatch, project, capsys):
    evidence.PARTS["one"] = project.part._replace(needs="no_such_package")
    assert call(monkeypatch, project) is None
    assert "one: skipped, because there is no no_such_package." in capsys.readouterr().err


def test_files_of_a_part_are_copied_into_the_documentation(monkeypatch, project):
    file = project.doc.parent / "scratch" / "package-scripts" / "report.md"
    file.parent.mkdir(parents=True)
    file.write_text("# Report\n", encoding="utf-8")
    (project.doc / "page.md").write_text("No markers.\n", encoding="utf-8")
    evidence.PARTS["one"] = project.part._replace(files=("report.md",))
    call(monkeypatch, project, "--scratch", str(file.parents[1]))
    assert (project.doc / "report.md").read_text(encoding="utf-8") == "# Report\n"
    assert evidence.stored()["one"]["files"] == {"report.md": evidence.digest(file)}


SCRIPT = """\
import pathlib, sys, time
folder, name, others = pathlib.Path(__file__).parent, sys.argv[1], sys.argv[2:]
(folder / name).touch()
end = time.monotonic() + 60 * (name != "c")
while not all((folder / other).exists() for other in others):
    assert time.monotonic() < end
    time.sleep(0.01)
print(f"| {name} |\\n| --- |\\n| 1 |")
"""


def test_parts_run_together_and_some_alone(monkeypatch, project):
    """Two parts wait for each other. The one that runs alone comes last, and does not wait."""
    script = project.doc.parent / "benchmarks" / "together.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = script.as_posix()
    monkeypatch.setattr(evidence, "PARTS", {
        "alone": evidence.Part(f"{command} c a b", "page.md", alone=True),
        "first": evidence.Part(f"{command} a b", "page.md"),
        "second": evidence.Part(f"{command} b a", "page.md")})
    monkeypatch.setattr(sys, "argv", ["evidence.py", "--jobs", "2"])
    evidence.main()
    assert sorted(evidence.stored()) == ["alone", "first", "second"]


def test_parts_with_the_same_file_of_results_run_one_after_the_other(monkeypatch):
    command = "script.py --results {scratch}/"
    monkeypatch.setattr(evidence, "PARTS", {
        name: evidence.Part(command + file, "page.md", alone=alone)
        for name, file, alone in (
            ("a", "1.json", False), ("b", "2.json", False), ("c", "1.json --more", False),
            ("d", "3.json", True))})
    seconds = {"a": 1.0, "b": 5.0, "c": 2.0, "d": 9.0}
    monkeypatch.setattr(evidence, "expected", seconds.get)
    assert evidence.planned("abcd") == [[["b"], ["a", "c"]], [["d"]]]


def test_a_plan_states_the_seconds_of_the_stored_run(monkeypatch, project, capsys):
    call(monkeypatch, project)
    evidence.store({"one": evidence.stored()["one"] | {"command": "", "seconds": 5400.0}})
    capsys.readouterr()
    call(monkeypatch, project, "--plan")
    printed = capsys.readouterr().err
    assert "5,400 s  one\n" in printed
    assert "About 1 h 30 min" in printed


def test_the_seconds_of_interrupted_runs_count(monkeypatch, tmp_path):
    monkeypatch.setattr(evidence, "PAUSE", 0.01)
    clock = tmp_path / "clock"
    clock.write_text("100.0", encoding="utf-8")
    command = [sys.executable, "-c", "import time; time.sleep(0.2); print(1)"]
    status, output, seconds = evidence.timed(command, clock)
    assert (status, output) == (0, "1\n")
    assert 100.1 < seconds == float(clock.read_text(encoding="utf-8"))


def test_the_exit_status_tells_whether_all_parts_succeeded(monkeypatch, project):
    monkeypatch.setattr(sys, "argv", ["evidence.py"])
    assert evidence.main() == 0
    evidence.PARTS["one"] = project.part._replace(command=project.part.command + " --fail")
    assert evidence.main() == 1
