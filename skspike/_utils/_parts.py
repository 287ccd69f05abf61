"""Division of a range into parts of equal length."""


def part_bounds(length, n_parts):
    """Return where each part of a range begins and the last one ends; lengths differ by at most 1."""
    return [length * part // n_parts for part in range(n_parts + 1)]
