"""Sphinx configuration: `make docs` builds the pages, and a warning is an error."""

from importlib.metadata import version as installed_version

project = "skspike"
copyright = "the skspike developers"
version = release = installed_version("skspike")

extensions = ["sphinx.ext.autodoc", "numpydoc", "matplotlib.sphinxext.plot_directive", "myst_parser"]
exclude_patterns = ["_build"]
# `name` is a link where the name is one of ours, and code where it is not, such as that of a parameter.
default_role = "py:obj"

html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_title = f"{project} {version}"
html_sidebars = {"**": []}  # no page has pages below it that a sidebar could list
html_static_path = ["_static"]
html_css_files = ["width.css"]
html_show_sourcelink = False
toc_object_entries_show_parents = "hide"

# The methods of our own classes and mixins, not those that scikit-learn adds.
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseEstimator, ClassifierMixin, TransformerMixin, _SetOutputMixin, tuple",
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
