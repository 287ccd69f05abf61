"""Sphinx configuration: `make docs` builds the pages, and a warning is an error."""

from importlib.metadata import version as installed_version

project = "skspike"
copyright = "the skspike developers"
version = release = installed_version("skspike")

extensions = ["sphinx.ext.autodoc", "numpydoc", "matplotlib.sphinxext.plot_directive", "myst_parser"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_show_sourcelink = False

# The methods of our own classes and mixins, not those that scikit-learn adds.
autodoc_default_options = {
    "members": True,
    "inherited-members": "BaseEstimator, ClassifierMixin, TransformerMixin, _SetOutputMixin, tuple",
    "exclude-members": "get_metadata_routing, set_fit_request, set_predict_request, set_score_request",
}
numpydoc_show_class_members = False
# A docstring's reference list may hold papers that its text does not cite by number.
suppress_warnings = ["ref.citation"]

plot_include_source = True
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", 100)]
