"""Draw the figures again if their data or the package have changed.

The plot directive compares a figure with the date of its own script only.
"""

import hashlib
import shutil
from pathlib import Path

DATA = "results/*", "reliability/*", "figures/*.py", "../skspike/**/*.py"


def state_of(folder):
    """Return a digest of the files from which figures are drawn."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in DATA for path in folder.glob(pattern)):
        if path.is_file():
            digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def remove_old_figures(app, env, added, changed, removed):
    """Return the pages with figures if their data have changed, and remove these figures."""
    state = state_of(Path(app.srcdir))
    if getattr(env, "state_of_figures", None) == state:
        return []
    env.state_of_figures = state
    shutil.rmtree(Path(app.doctreedir).parent / "plot_directive", ignore_errors=True)
    return [
        page for page in env.found_docs
        if ".. plot::" in Path(env.doc2path(page)).read_text(encoding="utf-8")]


def setup(app):
    """Register the function, which runs before pages are read."""
    app.connect("env-get-outdated", remove_old_figures)
    return {"parallel_read_safe": True}
