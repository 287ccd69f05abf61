"""Sphinx configuration: `make docs` builds the pages, and a warning is an error."""

import gc
import importlib
import re
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from sklearn.experimental import enable_halving_search_cv  # noqa: F401, for an example
from sphinx.util import logging
from sphinx_gallery.sorting import ExplicitOrder

from skspike._base._plugins import Registry

DOC = Path(__file__).resolve().parent
sys.path[:0] = [str(DOC), str(DOC / "figures")]
sys.path.append(str(DOC.parent / "tests"))  # for `imports`, which reads the imports of the package
from tables import cells, ratios  # noqa: E402

# Sphinx keeps the trees of all pages in memory, and each collection visits them.
gc.set_threshold(50_000, 20, 20)

project = "skspike"
copyright = "the skspike developers"
version = release = installed_version("skspike")

extensions = [
    "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode", "numpydoc", "matplotlib.sphinxext.plot_directive", "myst_parser",
    "sphinx_copybutton", "sphinx_design", "sphinx_gallery.gen_gallery", "parts",
    "parameters", "redraw", "searched", "live.extension"]  # fmt: skip
exclude_patterns = ["_build", "_templates", "inventories", "reliability"]
templates_path = ["_templates"]
# `name` becomes a link if it is a public name, and code otherwise, such as a parameter.
default_role = "py:obj"

html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "header_links_before_dropdown": 7,
    "logo": {"text": project},
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "live": []},
}
html_title = f"{project} {version}"
html_logo = html_favicon = "_static/logo.svg"
html_sidebars = {
    page: []
    for page in ("index", "compare", "install", "live", "changelog", "search", "genindex")}
html_static_path = ["_static"]
html_css_files = ["width.css", "home.css", "gallery.css"]
html_js_files = [("tables.js", {"defer": "defer"})]
html_show_sourcelink = False
html_search_scorer = str(DOC / "scorer.js")
toc_object_entries_show_parents = "hide"

# methods that scikit-learn adds to every estimator
autodoc_default_options = {
    "exclude-members": "get_metadata_routing, set_fit_request, set_partial_fit_request, "
    "set_predict_request, set_score_request"}
autodoc_typehints = "none"  # the docstrings have types, shapes and units
numpydoc_show_class_members = False
# A docstring's reference list may hold papers that its text does not cite by number.
suppress_warnings = ["ref.citation"]

# Inventories of the names that the pages use, in Sphinx's text format: no network is needed.
SITES = {
    "joblib": "https://joblib.readthedocs.io/en/stable/",
    "matplotlib": "https://matplotlib.org/stable/",
    "numpy": "https://numpy.org/doc/stable/",
    "pandas": "https://pandas.pydata.org/docs/",
    "python": "https://docs.python.org/3/",
    "sklearn": "https://scikit-learn.org/stable/",
}
intersphinx_mapping = {
    name: (url, str(DOC / "inventories" / f"{name}.txt")) for name, url in SITES.items()}

copybutton_prompt_text, copybutton_prompt_is_regexp = r">>> |\.\.\. ", True

plot_include_source = True
plot_html_show_source_link = False
plot_html_show_formats = False
# for print and dense screens. Pages show figures smaller
plot_formats = [("png", 200)]

# The folders of examples/, in the order of the gallery.
SECTIONS = ["first_steps", "series", "images", "recordings", "neurons", "complexity", "deployment"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "subsection_order": ExplicitOrder([f"../examples/{section}" for section in SECTIONS]),
    "ignore_pattern": r"^(?!plot_)",  # other scripts belong to other pages
    "doc_module": "skspike",
    "backreferences_dir": "gallery/backreferences",
    "reference_url": {"skspike": None},
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib",),
    # notebooks are often opened where skspike is not installed, such as in a hosted service
    "first_notebook_cell": '%pip install --quiet "skspike[nir,plot]" nitime websockets',
    "matplotlib_animations": (True, "jshtml"),
    "capture_repr": (),
    "thumbnail_size": (600, 420),
    "show_signature": False,
    "remove_config_comments": True,
    "download_all_examples": False,
    "write_computation_times": False,  # each page has its own
}

# Each module on the API page has a page, and so has each name that it exports.
PARTS = re.findall(
    r"^   (skspike[\w.]*)$", (DOC / "api.rst").read_text(encoding="utf-8"), re.MULTILINE)
PUBLIC = {f"{part}.{name}" for part in PARTS for name in importlib.import_module(part).__all__}
REGISTRIES = [
    (part, registry) for part in PARTS
    for registry in vars(importlib.import_module(part)).values() if isinstance(registry, Registry)]
autosummary_context = {
    "plugins": {
        part: {cls.__name__: name for name, cls in registry.items()}
        for part, registry in REGISTRIES}}
autosummary_ignore_module_all, autosummary_imported_members = False, True

# Public names of skspike and of the packages in SITES must be links. Names of parameters and
# private modules may be text.
OURS = {"skspike", *SITES} | {name.rpartition(".")[2] for name in PUBLIC}
nitpicky = True
nitpick_ignore_regex = [
    (".*", rf"(?!({'|'.join(sorted(OURS))})(\.|$)).*"), (".*", r"skspike\.(.+\.)?_.*")]


def first(part, row, column):
    """Return the first number of a cell of a table, without its error."""
    return cells(part, row, column)[0].split()[0]


def quotes():
    """Return the numbers that pages quote from measured tables, by the names of substitutions."""
    times, watch = ratios("[ABC]: 1024", "snntorch, ms"), "activity on a smartwatch"
    share = float(first("decoding-sensors", watch, "mean time"))
    return {
        "speed": f"{min(times):.0f} to {max(times):.0f}",
        "smartwatch, early": first("decoding-sensors", watch, "early"),
        "smartwatch, seconds": f"{share / 10:.1f}",  # a signal has 10 s
        "device, flash, kB": first("devices", f"{watch}, neurons, int8", "flash, kB"),
        "turns, counts": first("recordings", "way of a turn", "counts"),
        "turns, models": first("recordings", "way of a turn", "SpikeTrainClassifier"),
        **{
            f"{name}, {column}": first("early", row, column)
            for name, row in {"TEASER": "TEASER 8", "neurons": r"neurons, cost 0\.1 8"}.items()
            for column in ("sets", "accuracy", "time", "fit, s")},
        **{
            f"{name}, F1": first("endless", rf"{model} \d", "F1")
            for name, model in (("gestures", "network"), ("gestures by GRU", "GRU"))}}


rst_epilog = "\n".join(f".. |{name}| replace:: {value}" for name, value in quotes().items())


def remove_old_pages(app):
    """Remove all generated pages if one of them is of a name that is no longer exported."""
    wanted = {*PARTS, *PUBLIC}
    pages = list((DOC / "api").glob("*.rst"))
    if any(page.stem not in wanted for page in pages):
        for page in pages:
            page.unlink()


def check_reference(app, env):
    """Warn of public names without a page."""
    for name in sorted(PUBLIC - env.domains.python_domain.objects.keys()):
        logging.getLogger(__name__).warning("%s is public, but has no page in the API", name)


def mend_docstring(app, what, name, thing, options, lines):
    """Escape the first initial of a reference, which would start a list."""
    lines[:] = [re.sub(r"^(\s*\.\. \[.+?\] )([A-Z]\. )", r"\1\\\2", line) for line in lines]


def setup(app):
    app.connect("autodoc-process-docstring", mend_docstring)
    app.connect("builder-inited", remove_old_pages, priority=1)
    app.connect("env-check-consistency", check_reference)
