"""One file a library. A contestant's functions are named after topics: each takes arrays and returns the call that is timed."""
