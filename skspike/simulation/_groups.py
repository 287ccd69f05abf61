"""How many samples run at a time: as many as the cache holds, in an order of sums that depends on shapes alone."""

# bytes of simulation at a time: it stays in the cache, and memory stays flat in samples and steps
BUDGET = 2 * 2**20
CHUNK, MAX_CHUNKS = 5 * 2**19, 8  # bytes of simulation that are worth handing to another thread


def groups(network, rows, n_steps, record=True):
    """Split rows into groups whose simulation fits the budget; it depends on shapes alone, and so do sums over groups."""
    size = max(1, BUDGET // network.bytes_per_sample(n_steps, record)) if len(rows) > 1 else 1
    return [rows[k : k + size] for k in range(0, len(rows), size)]


def chunks(network, rows, n_steps):
    """Split rows into at most MAX_CHUNKS parts, each worth a thread and gradients of its own; it depends on shapes alone."""
    smallest = max(CHUNK, 8 * sum(layer.weights.nbytes for layer in network.layers))
    n = min(
        max(len(rows) * network.bytes_per_sample(n_steps) // smallest, 1), MAX_CHUNKS, len(rows))
    return [rows[k * len(rows) // n : (k + 1) * len(rows) // n] for k in range(n)]
