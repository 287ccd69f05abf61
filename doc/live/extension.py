"""Sphinx extension of the page "Live": networks that run in the browser.

``.. live-view:: digits`` becomes the view of a network. The networks are trained, exported and
compiled before the pages are read, unless the results of an earlier build are still valid.
"""

from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .networks import SCRIPT, built
from .page import view

HERE = Path(__file__).resolve().parent
PAGES = "live", "index"  # that have the scripts
SCRIPTS = (SCRIPT, "live.js")


class LiveView(SphinxDirective):
    """The view of a network."""

    required_arguments = 1

    def run(self):
        """Return the view as HTML."""
        (name,) = self.arguments
        for path in HERE.glob("*.html"):
            self.env.note_dependency(str(path))
        return [nodes.raw("", view(name), format="html")]


def build(app, config):
    """Build the networks, and add them to the static files."""
    folder = built(
        HERE.parent / "_build" / "live",
        lambda name: logging.getLogger(__name__).info("training the network of %s", name))
    config.html_static_path.append(str(folder))


def add_files(app, page, template, context, doctree):
    """Add scripts and style to the pages with views."""
    if page in PAGES:
        app.add_css_file("live.css")
        for name in SCRIPTS:
            app.add_js_file(name, loading_method="defer")


def setup(app):
    """Register the directive, and the steps of a build."""
    app.add_directive("live-view", LiveView)
    app.connect("config-inited", build)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True}
