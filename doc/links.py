"""Print every broken link within the built pages: `make docs` runs it after Sphinx."""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

BUILT = Path(__file__).parent / "_build" / "html"
# linked by the index of sources, although there is no such page
THEIRS = {"_modules/builtins.html"}


class Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = set(), {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Store the links and the anchor of a tag."""
        for name, value in attributes:
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)
            elif value and (name == "href" or (name == "src" and tag in ("img", "script"))):
                self.links.add(value)


def broken(folder):
    """Yield the page and the address of each broken link."""
    pages = {path: Page(path) for path in folder.rglob("*.html") if "_static" not in path.parts}
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            known = target.is_relative_to(folder) and target.exists()
            there = known and (
                target not in pages or unquote(parts.fragment) in pages[target].anchors)
            if not there and target not in {folder / name for name in THEIRS}:
                yield path.relative_to(folder), link


if __name__ == "__main__":
    found = list(broken(BUILT.resolve()))
    for path, link in found:
        print(f"{path}: broken link {link}", file=sys.stderr)
    sys.exit(bool(found))
