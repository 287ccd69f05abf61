"""One file a topic; each has `run(session)`, which measures and returns a `Section`."""
