"""Parts of `reproduce.py`.

    settings                                    sizes of the whole and the quick reproduction
    cells                                       one piece of work, which gives one row of results
    accuracy, complexity, cost (peer), theory   the cells of tables 1 to 4
    neurons                                     the cells of table 5
    store, running                              the CSV file, safe against a kill, and the run of
                                                missing cells, with the time left
    summary, claims, figures, sections, page    from rows to the page
"""
