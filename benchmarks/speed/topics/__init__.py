"""Topics. Each module has a function `run(session)`, which returns a `Section`."""
