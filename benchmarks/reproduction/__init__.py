"""What `reproduce.py` is made of.

    settings                                    sizes of everything, whole and quick cells
    one piece of work, one row of results accuracy, complexity, cost (peer), theory   the cells of
    tables 1 to 4 store, running                              the CSV, safe against a kill, and the
    work that is not there yet, with an ETA summary, claims, figures, sections, page    from rows to
    the page
"""
