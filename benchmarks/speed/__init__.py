"""How fast skspike is, beside peer libraries: every topic runs ours and theirs in turn, in one session, on the same arrays.

    python -m benchmarks.speed forward training --runs 5     # from the root of the checkout;
    without names, all topics

    topics/        what is measured, how it is shown, and the goals contestants/   the same task in
    each library, every one in the way that its documentation recommends for speed peers/
    the requirements of the peers' environments, one file each; `make bench` builds them session.py
    lets the contestants alternate, run by run; each is a process of its own (worker.py, clock.py)
    report.py      measurements to Markdown
"""
