"""Search of the built pages: pages that it leaves out, and queries of readers."""

import re
from pathlib import Path

from sphinx.search import js_index
from sphinx.search.en import SearchEnglish
from sphinx.util import logging

# These pages contain almost every word.
UNSEARCHED = "changelog", "reliability", "results", "speed"
# words of readers, and the page that they find first
QUERIES = {
    "accelerometer": "quickstart", "IMU": "quickstart", "gesture": "guide/endless",
    "keyword spotting": "guide/endless", "endless stream": "guide/endless",
    "velocity": "guide/endless", "BCI": "guide/endless", "sampling rate": "guide/rasters",
    "Hz": "guide/rasters", "save": "saving", "save model": "saving", "microcontroller": "export",
    "NWB": "recordings", "new user": "guide/adaptation", "own neuron": "add_a_neuron",
    "missing values": "guide/tables", "adapt": "api/skspike.adapt"}
OF_OBJECTS = {0: 15, 1: 5, 2: -5}  # scores of names in Python, by their priority
# scores of a word in the text and in a title, for the whole word and for a part of one
OF_WORDS = {"terms": (5, 2), "titleterms": (15, 7)}


def scored(score, page, title, text):
    """Return the score of a page that contains the words of a text, as scorer.js does."""
    later = 2 if re.match("add_|design|contribut", page) else bool(re.match("(api|gallery)/", page))
    words = {*re.findall(r"\w{3,}", text, re.ASCII)}
    return score - later + sum(word in title.lower() for word in words)


def short(index, key, text):
    """Yield the titles or index entries that contain a text and are at most twice as long.

    Yield also the share of the text, and the places of the title.
    """
    for title, places in index[key].items():
        if text in title.lower() and 2 * len(text) >= len(title):
            yield title, len(text) / len(title), places


def of_objects(index, words):
    """Yield score, page and name of the names in Python that contain a word."""
    for prefix, objects in index["objects"].items():
        for k, kind, priority, _, name in objects:
            full = f"{prefix}.{name}".strip(".")
            last = full.lower().rpartition(".")[2]
            about = f"{prefix} {name} {index['objnames'][str(kind)][2]} {index['titles'][k]}"
            for word in words:
                others = words - {word}
                if word in full.lower() and all(other in about.lower() for other in others):
                    score = 11 if word in (full.lower(), last) else 6 * (word in last)
                    yield score + OF_OBJECTS.get(priority, 0), k, full


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


def of_words(index, text):
    """Yield score, page and title of the pages that contain all words of a text."""
    found, words = {}, stems(text)
    for word in words:
        for key, (whole, part) in OF_WORDS.items():
            matches = {word: whole} if word in index[key] else {
                term: part for term in index[key] if len(word) > 2 and word in term}
            for term, score in matches.items():
                for k in places_of(index[key], term):
                    found.setdefault(k, {})[word] = score
    enough = len(words), sum(len(word) > 2 for word in words)
    for k, scores in found.items():
        if len(scores) in enough:
            page, title = index["docnames"][k], index["titles"][k]
            yield scored(max(scores.values()), page, title, text), k, title


def results(index, query):
    """Return page and name of the results of a query, best first, as Sphinx's script does."""
    text, titles = query.lower().strip(), index["titles"]
    found = [*of_objects(index, {*re.findall(r"\w+", text)}), *of_words(index, text)]
    for title, share, places in short(index, "alltitles", text):
        for k, _ in places:
            is_page = titles[k] == title
            name = title if is_page else f"{titles[k]} > {title}"
            found.append((int(15 * share + 0.5) + is_page, k, name))
    for _, share, places in short(index, "indexentries", text):
        found += [(int(100 * share + 0.5), k, titles[k]) for k, _, _ in places]
    found.sort(key=lambda result: (-result[0], result[2].lower()))
    return list(dict.fromkeys((index["docnames"][k], name) for _, k, name in found))


def leave_out(app, doctree):
    """Mark the page that was read if the search leaves it out."""
    if app.env.docname in UNSEARCHED:
        app.env.metadata[app.env.docname]["no-search"] = True


def finish(app, error):
    """Change the index, and warn if words find another page.

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
    for query, page in app.config.search_queries.items():
        first = results(index, query)[:1]
        if [found for found, _ in first] != [page]:
            logging.getLogger(__name__).warning(
                "%r finds %s first, not %s. Add these words to the index directive of the page.",
                query, first, page)


def setup(app):
    """Register the functions."""
    app.add_config_value("search_queries", QUERIES, "html")
    app.connect("doctree-read", leave_out)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True}
