"""Search of the built pages: words of readers in titles, and pages that it leaves out."""

import re
from pathlib import Path

from sphinx.search import js_index
from sphinx.search.en import SearchEnglish

# These pages contain almost every word.
UNSEARCHED = "changelog", "reliability", "results", "speed"


def stems(text):
    """Return the stems of the words of a text, as Sphinx stores them."""
    language = SearchEnglish({})
    return {
        language.stem(word) for word in re.findall(r"\w+", text)
        if word not in language.stopwords and not word.isdigit()}


def places_of(terms, stem):
    """Return the pages of a stem. Sphinx stores a single page without a list."""
    pages = terms.get(stem, [])
    return pages if isinstance(pages, list) else [pages]


def leave_out(app, doctree):
    """Mark the page that was read if the search leaves it out."""
    if app.env.docname in UNSEARCHED:
        app.env.metadata[app.env.docname]["no-search"] = True


def finish(app, error):
    """Change the search index.

    A name that has a page is found once, as the page. Index entries are those that pages mark as
    main. Their words count like words of the title, so readers find them in any order and form.
    """
    path = Path(app.outdir) / "searchindex.js"
    if error or app.builder.format != "html":
        return
    index = js_index.loads(path.read_text(encoding="utf-8"))
    for prefix, objects in index["objects"].items():
        index["objects"][prefix] = [
            one for one in objects
            if index["docnames"][one[0]] != f"api/{prefix}.{one[-1]}".replace("/.", "/")]
    number, index["indexentries"] = {page: k for k, page in enumerate(index["docnames"])}, {}
    for page, entries in app.env.domains["index"].entries.items():
        for _, entry, _, is_main, _ in entries:
            if is_main:
                k = number[page]  # without a place on the page, so that the page is one result
                index["indexentries"].setdefault(entry.lower(), []).append((k, "", True))
                for stem in stems(entry.lower()):
                    pages = {k, *places_of(index["titleterms"], stem)}
                    index["titleterms"][stem] = sorted(pages)
    path.write_text(js_index.dumps(index), encoding="utf-8")


def setup(app):
    """Register the functions."""
    app.connect("doctree-read", leave_out)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True}
