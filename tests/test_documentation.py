"""Check pages and docstrings against the code: parameters, types, names and lists."""

import ast
import doctest
import importlib.util
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import textwrap
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from docstrings import documented, signature
from numpydoc.validate import validate
from sklearn.datasets import load_digits

import skspike
from skspike._networks import _choices, _settings
from skspike._networks._documentation import GROUPS
from skspike.coding import Coding
from skspike.complexity import Measure
from skspike.datasets import load_exercises, make_gestures, make_order, make_reach
from skspike.inspection import c_size
from skspike.learning import N_JUDGED, Rule, _surrogate_gradient
from skspike.neurons import Neuron
from skspike.simulation import Readout
from skspike.trains import Expert, TreeExpert

DOC = Path(__file__).resolve().parents[1] / "doc"
PACKAGE = DOC.parent / "skspike"
GUIDE = sorted((DOC / "guide").glob("*.rst"))
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in [*DOC.glob("*.rst"), *GUIDE]}
# as in conf.py
PARTS = [
    importlib.import_module(name)
    for name in re.findall(r"^   (skspike[.\w]*)$", PAGES["api"], re.MULTILINE)]
PUBLIC = {f"{part.__name__}.{name}": getattr(part, name) for part in PARTS for name in part.__all__}
NEAR = re.compile(r"(?<=See Also\n--------\n)(?:\S.*(?:\n|$))+")
# a name in single backticks, which Sphinx makes a link
ROLE = re.compile(r"(?<![`:\w])`([^`]+)`(?!`)")
# types of the defaults that a docstring states
PLAIN = (type(None), bool, int, float, str, tuple)


def members(thing):
    """Return the public methods and properties of a class that this package defines."""
    found = inspect.getmembers(
        thing, lambda value: inspect.isroutine(value) or isinstance(value, property))
    ours = (getattr(getattr(value, "fget", value), "__module__", None) for _, value in found)
    return {
        name: value
        for (name, value), module in zip(found, ours, strict=True)
        if name[0] != "_" and str(module).startswith("skspike")}


EVERYTHING = PUBLIC | {
    f"{name}.{member}": value for name, thing in PUBLIC.items()
    for member, value in members(thing).items()}


# Methods and decorators that extend the package may have a docstring of one line.
TOLD = [
    name
    for name, thing in EVERYTHING.items()
    if documented(thing, "Parameters") or (inspect.isclass(thing) and signature(thing))]


@pytest.mark.parametrize("name", TOLD)
def test_parameters_are_documented_in_the_order_of_the_signature_with_their_defaults(name):
    written, given = documented(EVERYTHING[name], "Parameters"), signature(EVERYTHING[name])
    assert list(written) == list(given)
    defaults = {name: ast.literal_eval(default) for name, default in written.items() if default}
    assert defaults == {name: default for name, default in given.items() if type(default) in PLAIN}


def extension(name):
    """Return an extension of Sphinx in the folder of the documentation."""
    place = importlib.util.spec_from_file_location(name, DOC / f"{name}.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


NETWORKS = skspike.SNNClassifier, skspike.SNNRegressor, skspike.SNNTransformer


def test_each_parameter_of_the_networks_is_in_one_group():
    grouped = [name for names in GROUPS.values() for name in names]
    given = [name for network in NETWORKS for name in signature(network)]
    assert sorted(grouped) == sorted(set(given))


@pytest.mark.parametrize("network", NETWORKS)
def test_the_reference_of_a_network_has_the_example_first_and_parameters_by_group(network):
    docscrape = pytest.importorskip("numpydoc.docscrape_sphinx")
    text = inspect.getdoc(network)
    lines = str(docscrape.get_doc_object(
        network, "class", text, config={"show_class_members": False})).splitlines()
    name = f"skspike.{network.__name__}"
    extension("parameters").arrange(None, "class", name, network, None, lines)
    assert lines[2:3] == [".. admonition:: Start here"]
    box = [found[1] for line in lines if (found := re.match(r"   \* `(\w+)`: ", line))]
    assert len(box) == 6 and set(box) <= set(signature(network))
    titles = [line[12:] for line in lines if line.startswith(".. rubric:: ")]
    assert titles[: len(GROUPS) + 1] == ["Examples", *GROUPS]
    entries = [found[1] for line in lines if (found := re.match(r"\*\*(\w+)\*\* : ", line))]
    assert sorted(entries) == sorted(signature(network))
    shown = re.search(r"Parameters by group\. (.*?)\n\n", text, re.DOTALL)[1]
    assert sorted(re.findall(r"`(\w+)`", shown)) == sorted(signature(network))


def test_the_rules_of_auto_have_the_numbers_of_the_code():
    text = " ".join(PAGES["auto"].split())
    for steps in (_choices.DELAYS, _choices.STEP_DELAYS, _choices.STEP_TAUS):
        *others, last = (f"{number:g}" for number in steps)
        assert f"{', '.join(others)} and {last} steps" in text
    for words in (
            f"{_settings.FEW_STEPS} for currents, {_settings.FEW_SPIKES} for spikes",
            f"time_shift={_choices.SHIFT}", f"trained for {_choices.N_UPDATES} updates",
            f"fewer than {_choices.MIN_SAMPLES} samples", f"at most {_choices.MOST},",
            f"``{_choices.NOISE_SHARE} * (1 - r2)**2``", f"n > {N_JUDGED} samples",
            f"up to {_surrogate_gradient.MAX_EPOCHS} to reach {_surrogate_gradient.N_UPDATES}",
            f"to reach {_surrogate_gradient.N_UPDATES_OF_IMAGES} updates",
            f"{_settings.STEP_EPOCHS}, or fewer (at least {_settings.MIN_STEP_EPOCHS})",
            f"if they make {_settings.STEP_UPDATES} updates",
            f"up to {_settings.MOST_STEP_EPOCHS} to reach {_settings.MIN_STEP_UPDATES} updates",
            f"at least {_settings.MIN_MEMBRANE} steps"):
        assert words in text


# Checks of numpydoc that do not apply here.
ANYWHERE = {
    "GL01", "GL02",  # text starts after the quotes, and shared sections end with a blank line
    "ES01",  # one line may be enough
    "RT02",  # results have names
}  # fmt: skip
IN_MEMBERS = ANYWHERE | {"EX01", "SA01"}  # the class has examples and See Also
# parameters and results are documented in the base class
IN_OVERRIDES = IN_MEMBERS | {"PR01", "RT01"}


def defined(name):
    """Return the most derived and the first class that define a member, each with its name."""
    owner, _, member = name.rpartition(".")
    classes = [cls for cls in PUBLIC[owner].__mro__ if member in vars(cls)]
    return (classes[0], member), (classes[-1], member)


DEFINED = {defined(name)[0]: name for name in EVERYTHING if name not in PUBLIC}


def faults(name, ignored):
    """Return the errors that numpydoc finds in a docstring."""
    return [(code, text) for code, text in validate(name)["errors"] if code not in ignored]


@pytest.mark.parametrize("name", PUBLIC)
def test_docstrings_are_what_numpydoc_asks_for(name):
    assert faults(name, ANYWHERE) == []


@pytest.mark.parametrize("name", DEFINED.values())
def test_docstrings_of_members_are_what_numpydoc_asks_for(name):
    last, first = defined(name)
    assert faults(name, IN_OVERRIDES if last != first and first in DEFINED else IN_MEMBERS) == []


def untyped(thing):
    """Return the parameters without a type, and "return" if that has none."""
    given = inspect.signature(thing)
    missing = [
        name for name, p in given.parameters.items() if name != "self" and p.annotation is p.empty]
    return missing + ["return"] * (
        inspect.isroutine(thing) and given.return_annotation is given.empty)


def derived(thing):
    """Return whether a constructor is generated from equations."""
    return inspect.isclass(thing) and hasattr(thing.__init__, "__signature__")


# compiled functions and properties have no types
TYPED = [
    name
    for name, thing in EVERYTHING.items()
    if (inspect.isclass(thing) or inspect.isroutine(thing)) and not derived(thing)]


@pytest.mark.parametrize("name", TYPED)
def test_what_is_public_has_types(name):
    assert untyped(EVERYTHING[name]) == []


def names():
    """Return the names of members, parameters and attributes, which text may use alone."""
    found = {name.rpartition(".")[2] for name in EVERYTHING.keys() - PUBLIC.keys()}
    for thing in EVERYTHING.values():
        found |= documented(thing, "Attributes").keys() | (
            signature(thing).keys() if callable(thing) else set())
    return found


def exists(name, where, known):
    """Return whether a name exists: alone, in the module of the text, or by its full path."""
    first, *rest = name.split(".")
    part = max(
        (part.__name__ for part in PARTS if where.startswith(f"{part.__name__}.")), key=len,
        default="skspike")
    thing = PUBLIC.get(f"{part}.{first}") or (
        importlib.import_module(first) if rest and importlib.util.find_spec(first) else None)
    for word in rest:
        if inspect.ismodule(thing) and not hasattr(thing, word):
            importlib.import_module(f"{thing.__name__}.{word}")
        thing = getattr(thing, word, None)
    return thing is not None or name in known


def test_the_reference_has_every_public_part_once_and_leaves_out_the_loops():
    parts = {"skspike"} | {
        f"skspike.{found.name}"
        for found in pkgutil.iter_modules(skspike.__path__) if found.name[0] != "_"}
    inner = {"skspike._meta", "skspike._networks"}  # exported by skspike
    assert sorted(part.__name__ for part in PARTS) == sorted(parts - inner)


def test_every_name_in_docstrings_and_pages_exists():
    known = names()
    texts = {**{name: inspect.getdoc(thing) for name, thing in EVERYTHING.items()}, **PAGES}
    found = [(where, name) for where, text in texts.items() for name in ROLE.findall(text)]
    assert len(found) > 150
    assert [(where, name) for where, name in found if not exists(name, where, known)] == []


def test_every_file_of_the_package_that_a_page_names_exists():
    named = {
        (where, file)
        for where, text in PAGES.items()
        for file in re.findall(r"``(?:skspike/)?([a-z_]+/_\w+\.py)``", text)}
    assert len(named) > 20
    assert [(where, file) for where, file in named if not (PACKAGE / file).is_file()] == []


def test_every_name_under_see_also_is_another_one_that_exists():
    texts = {name: "".join(NEAR.findall(inspect.getdoc(thing))) for name, thing in PUBLIC.items()}
    found = [
        (where, name) for where, text in texts.items()
        for name in re.findall(r"^(\S+) : \S", text, re.MULTILINE)]
    assert {where for where, _ in found} == PUBLIC.keys()
    assert [
        (where, name)
        for where, name in found if not exists(name, where, ()) or where.endswith(f".{name}")] == []


@pytest.mark.parametrize("base", [Coding, Neuron, Readout, Rule, Measure, Expert, TreeExpert])
def test_the_design_page_names_what_a_plugin_must_define(base):
    (row,) = re.findall(rf"`skspike\.\w+\.{base.__name__}` +(.*(?:\n {{20}}.*)*)", PAGES["design"])
    assert "name" in base.__abstractmethods__ <= set(re.findall(r"``(\w+)``", row))


# Chapters that take more than five seconds. Other tests fit such models on less data.
LONG = ("endless", "images", "learning", "recordings", "tables")


@pytest.mark.parametrize("page", [
    pytest.param(path, id=path.stem, marks=[pytest.mark.exhaustive] * (path.stem in LONG))
    for path in [*GUIDE, *(DOC / f"{name}.rst" for name in (
        "add_a_neuron", "clusters", "export", "recordings", "streaming"))]
    if ">>> " in PAGES[path.stem]])
def test_the_guide_runs_as_it_is_written(page):
    with warnings.catch_warnings():  # the chapter on pitfalls makes errors of them
        assert_runs(page.stem)


def job_data(job):
    """Return small data for the lines of a job on the page "Choose", by the names in them."""
    rng = np.random.default_rng(0)
    y, t = np.arange(24) % 2, np.arange(120)
    series = np.sin(t / (4 + 2 * y[:, None, None])) + 0.1 * rng.normal(size=(24, 3, 120))
    if job.startswith(("Classify images", "Classify a table")):
        X, y = load_digits(return_X_y=True)
        return {"X": X[:200], "y": y[:200], "X_new": X[200:210]}
    if job == "Find events in a signal without an end":
        X, events = make_gestures(3, n_steps=2500, random_state=0)
        return {"X": list(X), "events": events, "X_new": list(X[:1])}
    if job == "Follow a movement":
        X, y = make_reach(2, n_steps=1000, random_state=0)
        return {"X": X, "y": y, "X_new": X[:1]}
    if job in ("Classify recorded spikes", "Ask when the information is there"):
        X, y = make_order(24, random_state=0)
        return {"X": X, "y": y, "X_new": X[:2]}
    model = skspike.SNNClassifier(8, max_iter=2, random_state=0).fit(series, y)
    return {
        "X": series, "y": y, "X_new": series[:2], "X_user": series[:2], "y_user": y[:2],
        "model": model, "SNNClassifier": partial(skspike.SNNClassifier, 8, max_iter=2)}


JOBS = {
    job: textwrap.dedent(code) for job, code in re.findall(
        r"^   \* - \*\*([^*.]+?)[.,]?\*\*.*?code-block:: python\n\n(.+?)\n     - ",
        PAGES["choosing"], re.MULTILINE | re.DOTALL)}


def test_the_page_of_choice_has_a_row_for_each_job():
    assert len(JOBS) == PAGES["choosing"].count("   * - ") - 1 == 12
    assert all(len(code.splitlines()) <= 4 for code in JOBS.values())


# finding events takes longer than ten seconds
@pytest.mark.parametrize("job", [
    pytest.param(job, marks=[pytest.mark.exhaustive] * job.startswith("Find events"))
    for job in JOBS])
def test_the_lines_of_a_job_run(job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():  # few data
        warnings.simplefilter("ignore")
        exec(compile(JOBS[job], job, "exec"), job_data(job))


FRACTION = re.compile(r"-?\b\d+\.\d*")


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


def assert_runs(name):
    """Assert that the examples of a page print what it says."""
    page = doctest.DocTestParser().get_doctest(PAGES[name], {}, name, None, 0)
    runner = doctest.DocTestRunner(NearChecker(), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert runner.run(page).failed == 0


@pytest.mark.parametrize("page", ["index", "quickstart"])
def test_a_page_that_welcomes_runs_and_prints_what_it_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the code writes files
    assert ">>> print" in PAGES[page]
    assert_runs(page)


README = (DOC.parent / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n(.+?)```\n\n((?:    [^\n]+\n)+)", re.DOTALL)


def test_the_code_of_the_readme_runs_and_prints_what_it_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks, names = BLOCK.findall(README), {}
    assert len(blocks) == README.count("```python") > 0
    for code, want in blocks:
        exec(compile(code, "README.md", "exec"), names)
        assert NearChecker().check_output(
            want, capsys.readouterr().out, doctest.NORMALIZE_WHITESPACE)
    assert {path.name for path in tmp_path.iterdir()} == {"watch.c", "watch.h"}


def test_two_pages_have_the_memory_of_the_exported_model():
    pytest.importorskip("ziglang")
    X, y, person = load_exercises()
    new = person == 10
    model = skspike.EarlyClassifier(dt=40, random_state=0).fit(X[~new], y[~new])
    size = c_size(model, X[new], weights="int8")
    for page in ("README.md", "doc/quickstart.rst"):
        text = " ".join((DOC.parent / page).read_text(encoding="utf-8").split())
        assert f"{size.flash / 1000:.0f} kB of flash and {size.ram / 1000:.0f} kB of RAM" in text


@pytest.mark.parametrize(
    ("got", "is_near"),
    [
        ("3 signals after 101.0 ms", True), ("3 signals after 104.0 ms", False),
        ("4 signals after 100.0 ms", False), ("3 signals after 100.0", False)])
def test_a_page_may_differ_by_rounding_alone(got, is_near):
    assert NearChecker().check_output("3 signals after 100.0 ms", got, 0) == is_near


def test_the_readme_shows_code_first_and_is_short():
    lines = README.splitlines()
    start = lines.index("```python")
    before = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", "\n".join(lines[:start]))  # without pictures
    assert start + 1 < 30 and len(lines) <= 110
    assert len(re.findall(r"\w+", before)) <= 120
    assert len(re.findall(r"\d+", before)) <= 4


def test_links_of_the_readme_lead_to_files_and_titles():
    found = re.findall(r"\]\((?!https?:)([^)#]+)#?([^)]*)\)", README)
    assert len(found) > 20
    for page, title in found:
        text = DOC.parent / page
        assert text.exists(), page
        if title:
            titles = re.findall(r"^#+ (.+)$", text.read_text(encoding="utf-8"), re.MULTILINE)
            assert title in [re.sub(r"[^\w-]", "", t.lower().replace(" ", "-")) for t in titles]


@pytest.mark.parametrize("page", GUIDE, ids=lambda path: path.stem)
def test_a_chapter_has_a_figure_that_exists_and_says_what_it_shows(page):
    drawn = re.findall(r"\.\. plot:: (\S+) (\S+)((?:\n +:.*)+)", PAGES[page.stem])
    assert drawn or page.stem in ("auto", "glossary", "tables")
    for script, function, options in drawn:
        text = (DOC / script).read_text(encoding="utf-8")
        assert f"def {function}(" in text or function == "{name}"
        assert ":alt: " in options


@pytest.mark.parametrize(
    ("chapter", "module"),
    [
        ("encoding", "coding"), ("neurons", "neurons"), ("learning", "learning"),
        ("readouts", "simulation"), ("complexity", "complexity"), ("trains", "trains")])
def test_a_chapter_has_the_table_of_its_family(chapter, module):
    assert f".. parts:: skspike.{module}\n" in PAGES[chapter]


def test_the_guide_has_a_figure_of_every_neuron():
    assert re.search(
        r"part-tabs:: skspike.neurons\n.*plot:: figures/neurons.py {name}\n", PAGES["neurons"],
        re.DOTALL)


def test_figures_are_drawn_again_if_their_data_change(tmp_path):
    pytest.importorskip("sphinx")
    source, built = tmp_path / "doc", tmp_path / "built"
    (source / "figures").mkdir(parents=True)
    configuration = (
        f"import sys\nsys.path.append({str(DOC)!r})\n"
        "extensions = ['matplotlib.sphinxext.plot_directive', 'redraw']\n"
        "plot_formats, html_theme, root_doc = [('png', 20)], 'basic', 'index'\n")
    (source / "conf.py").write_text(configuration, encoding="utf-8")
    (source / "index.rst").write_text(
        "Page\n====\n\n.. plot:: figures/drawn.py\n", encoding="utf-8")
    data, drawn = source / "evidence.json", source / "figures" / "drawn.py"
    drawn.write_text(
        "import matplotlib.pyplot as plt\n"
        f"plt.plot(eval(open({str(data)!r}).read()))\n", encoding="utf-8")

    def figure(values):
        """Build the page with some data, and return the bytes of its figure."""
        data.write_text(str(values), encoding="utf-8")
        subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", source, built], check=True)
        return (built / "_images" / "drawn.png").read_bytes()

    rising = figure([1, 2])
    assert figure([2, 1]) != rising
    assert figure([1, 2]) == rising


def test_the_search_finds_a_name_once_and_index_entries_first_and_leaves_pages_out(tmp_path):
    pytest.importorskip("sphinx")
    pages = {
        "index": "Home\n====\n\n.. toctree::\n   :hidden:\n   :glob:\n\n   [ac]*\n   api/*\n",
        "apples": "Apples\n======\n\n.. index:: ! keyword spotting\n\nThey adapt pears.\n",
        "changelog": "Pears\n=====\n\nPears adapt.\n",
        "api/fruit.adapt":
            "adapt\n=====\n\n.. py:function:: fruit.adapt(x)\n.. py:class:: fruit.adapt.Other\n"}
    (tmp_path / "api").mkdir()
    for page, text in pages.items():
        (tmp_path / f"{page}.rst").write_text(text, encoding="utf-8")

    def build(**queries):
        """Build the pages, and return the search index and the warnings."""
        (tmp_path / "conf.py").write_text(
            f"import sys\nsys.path.append({str(DOC)!r})\nextensions = ['searched']\n"
            f"html_theme, search_queries = 'basic', {queries}\n", encoding="utf-8")
        command = [sys.executable, "-m", "sphinx", "-q", tmp_path, tmp_path / "built"]
        wrong = subprocess.run(command, capture_output=True, text=True, check=False).stderr
        text = (tmp_path / "built" / "searchindex.js").read_text(encoding="utf-8")
        return json.loads(text[len("Search.setIndex("):-1]), wrong

    index, wrong = build(keyword="apples", adapt="api/fruit.adapt")
    assert wrong == ""
    results = extension("searched").results
    of_api = [name for page, name in results(index, "adapt") if page == "api/fruit.adapt"]
    assert of_api == ["adapt", "fruit.adapt.Other"]
    for words in ("keyword spotting", "spot keywords", "pears"):
        assert results(index, words) == [("apples", "Apples")]
    _, wrong = build(pears="changelog")
    assert "'pears' finds [('apples', 'Apples')] first, not changelog." in wrong


def test_pages_show_no_stored_pictures_which_could_be_of_another_state():
    assert not [name for name, text in PAGES.items() if re.search(r"image:: .*_static/", text)]


def test_the_logo_is_what_its_script_draws(monkeypatch):
    monkeypatch.syspath_prepend(DOC / "figures")
    pytest.importorskip("matplotlib")
    script = importlib.import_module("stored")
    assert (script.STATIC / "logo.svg").read_text(encoding="utf-8") == script.logo()


def test_the_authors_of_the_paper_are_those_of_the_citation():
    citation = (DOC.parent / "CITATION.cff").read_text(encoding="utf-8")
    family, given = re.search(r"- family-names: (\w+)\s+given-names: (\w)", citation).groups()
    texts = [*PAGES.values(), *(inspect.getdoc(thing) or "" for thing in EVERYTHING.values())]
    found = {name for text in texts for name in re.findall(rf"(\w\. {family})", text)}
    assert found == {f"{given}. {family}"}
