"""Division of a range into parts of equal length."""


def part_bounds(length, n_parts):
    """Return the starts of all parts and the end, so that lengths differ by at most 1."""
    return [length * part // n_parts for part in range(n_parts + 1)]
