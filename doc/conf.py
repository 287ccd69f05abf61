"""Sphinx configuration: `make docs` builds the pages, and a warning is an error."""

import importlib
import re
from importlib.metadata import version as installed_version
from pathlib import Path

from sklearn.experimental import enable_halving_search_cv  # noqa: F401, an example imports what this lets through
from sphinx.util import logging
from sphinx_gallery.sorting import ExplicitOrder

from skspike._plugins import Registry

project = "skspike"
copyright = "the skspike developers"
version = release = installed_version("skspike")

extensions = [
    "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode", "numpydoc", "matplotlib.sphinxext.plot_directive", "myst_parser",
    "sphinx_design", "sphinx_gallery.gen_gallery",
]  # fmt: skip
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
# `name` is a link where the name is one of ours, and code where it is not, such as that of a parameter.
default_role = "py:obj"

html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "show_prev_next": False,
    "navbar_center": [],  # the sidebar has all pages
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
}
html_title = f"{project} {version}"
html_sidebars = {"**": ["sections"]}
html_static_path = ["_static"]
html_css_files = ["width.css", "home.css", "gallery.css"]
html_show_sourcelink = False
toc_object_entries_show_parents = "hide"

# What scikit-learn adds to every estimator is told there.
autodoc_default_options = {
    "exclude-members": "get_metadata_routing, set_fit_request, set_partial_fit_request, set_predict_request, set_score_request",
}
autodoc_typehints = "none"  # the docstrings tell more
numpydoc_show_class_members = False
# A docstring's reference list may hold papers that its text does not cite by number.
suppress_warnings = ["ref.citation"]

plot_include_source = True
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", 100)]

# The scripts in the folders of examples/, in their order. Each opens with its own title, and runs here.
SECTIONS = ["first_steps", "series", "recordings", "neurons", "complexity", "deployment"]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "subsection_order": ExplicitOrder([f"../examples/{section}" for section in SECTIONS]),
    "ignore_pattern": r"^(?!plot_)",  # others belong to the README and to a page of their own
    "doc_module": "skspike",
    "backreferences_dir": "gallery/backreferences",
    "reference_url": {"skspike": None},
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib",),
    "matplotlib_animations": (True, "jshtml"),
    "capture_repr": (),
    "show_signature": False,
    "remove_config_comments": True,
    "download_all_examples": False,
    "notebook_extensions": set(),
    "write_computation_times": False,  # each page tells its own
}

# Each part on the API page gets a page, and each name that it exports another one.
DOC = Path(__file__).resolve().parent
PARTS = re.findall(r"^   (skspike[\w.]*)$", (DOC / "api.rst").read_text(encoding="utf-8"), re.MULTILINE)
PUBLIC = {f"{part}.{name}" for part in PARTS for name in importlib.import_module(part).__all__}
REGISTRIES = [
    (part, registry) for part in PARTS for registry in vars(importlib.import_module(part)).values() if isinstance(registry, Registry)
]
autosummary_context = {"plugins": {part: {cls.__name__: name for name, cls in registry.items()} for part, registry in REGISTRIES}}
autosummary_ignore_module_all, autosummary_imported_members = False, True
# LZ76 and lz76 would be one file where the case of letters does not count
autosummary_filename_map = {name: f"{name}-function" for name in PUBLIC if sum(name == other.lower() for other in PUBLIC) == 2}

# A public name of ours must lead somewhere; those of parameters, of private modules and of other packages may stay text.
OURS = {"skspike"} | {name.rpartition(".")[2] for name in PUBLIC}
nitpicky = True
nitpick_ignore_regex = [(".*", rf"(?!({'|'.join(sorted(OURS))})(\.|$)).*"), (".*", r"skspike\.(.+\.)?_.*")]


def cells(page, row, column):
    """Return, what stands in one column of a page's tables in the rows that begin so: what is quoted stands in one place."""
    header, found = None, []
    for line in (DOC / page).read_text(encoding="utf-8").splitlines():
        values = [value.strip() for value in line.strip("|").split("|")]
        header = (header or values) if line.startswith("|") else None
        if header and column in header and re.match(row, " ".join(values)):
            found.append(values[header.index(column)])
    if not found:
        raise ValueError(f"No table of doc/{page} has a row {row!r} and a column {column!r}, which the home page quotes.")
    return found


def quotes():
    """Return the numbers of the home page, by the names under which it quotes them."""
    score = "accuracy, % (mean ± sd over seeds)"
    times = [float(re.search(r"\((.+)×\)", cell)[1]) for cell in cells("speed.md", "[ABC]: 1024", "snntorch, ms")]
    gain = {name: cells("reproduction.md", "surrogate gradient, LIF telegraph", name)[0] for name in ("fixed", "one tuned τ", "learned")}
    fixed, tuned, learned = (f"{float(cell.split()[0]):.0f}" for cell in gain.values())
    return {
        "accuracy": cells("measured.md", "digits SNNClassifier, Poisson", score)[0],
        "accuracy of the perceptron": cells("measured.md", "digits MLPClassifier", score)[0],
        "speed": f"{min(times):.0f} to {max(times):.0f}",
        "fixed": fixed,
        "tuned": tuned,
        "learned": learned,
    }


rst_epilog = "\n".join(f".. |{name}| replace:: {value}" for name, value in quotes().items())


def remove_old_pages(app):
    """Remove the made pages of names that are no longer exported."""
    wanted = {autosummary_filename_map.get(name, name) for name in {*PARTS, *PUBLIC}}
    for page in (DOC / "api").glob("*.rst"):
        if page.stem not in wanted:
            page.unlink()


def check_reference(app, env):
    """Warn of public names that no page explains."""
    for name in sorted(PUBLIC - env.domains.python_domain.objects.keys()):
        logging.getLogger(__name__).warning("%s is public, but has no page in the API", name)


def mend_docstring(app, what, name, thing, options, lines):
    """Leave a constant without the docstring of tuples, and keep the first initial of a reference from starting a list."""
    lines[:] = [] if what == "data" else [re.sub(r"^(\s*\.\. \[.+?\] )([A-Z]\. )", r"\1\\\2", line) for line in lines]


def setup(app):
    app.connect("autodoc-process-docstring", mend_docstring)
    app.connect("builder-inited", remove_old_pages, priority=1)
    app.connect("env-check-consistency", check_reference)
