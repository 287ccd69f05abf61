"""Schedules of the learning rates: their factor as a function of the share of epochs done."""

from typing import Any

import numpy as np

WARM_UP, FIRST = 0.3, 0.04  # of "one_cycle": share of the epochs, and the first factor


def cosine(done: float) -> Any:
    """Return a factor that falls from 1 to 0 along half a cosine (Loshchilov & Hutter 2017)."""
    return 0.5 + 0.5 * np.cos(np.pi * done)


def constant(done: float) -> Any:
    """Return 1."""
    return 1.0


def one_cycle(done: float) -> Any:
    """Return a factor that rises from 0.04 to 1, then falls to 0 (Smith & Topin 2019)."""
    if done < WARM_UP:
        return 1 + (FIRST - 1) * cosine(done / WARM_UP)
    return cosine((done - WARM_UP) / (1 - WARM_UP))


SCHEDULES = {"cosine": cosine, "constant": constant, "one_cycle": one_cycle}
