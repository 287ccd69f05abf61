"""Speed of skspike and of other libraries, in turn, in one session, on the same arrays.

    python -m benchmarks.speed forward training --runs 5

Run it from the root of the checkout. Without names, all topics are measured.

    topics/        measurements, their tables, and the goals
    contestants/   the same task in each library, in the way that its documentation recommends for
                   speed
    peers/         the requirements of the environments of other libraries, one file each.
                   `make bench` builds them
    session.py     runs the contestants in turn, each in its own process (worker.py, clock.py)
    report.py      measurements to Markdown
"""
