"""The loss of the tempotron: what is missing of the margin, on the side of each sample's class."""

from types import SimpleNamespace

import numpy as np
import pytest
from tasks import partial_task

from skspike.learning._peaks import PeakObjective, peaks

pytestmark = pytest.mark.small


def test_the_loss_is_what_is_missing_of_the_margin_and_a_margin_that_is_held_exactly_costs_nothing():
    objective = object.__new__(PeakObjective)
    objective.rule, objective.classes = SimpleNamespace(margin=0.5), np.arange(2)
    objective.task = partial_task(
        y=np.array([0, 1, 1, 0]), sample_weight=np.array([1.0, 3.0, 0.5, 2.0]))
    margins, rows = np.array([[0.2, -0.5], [0.75, 0.1], [0.5, -2.0]]), np.array([3, 1, 0])
    loss, dmargins = objective._errors(margins, rows)
    # missing: 0.3 of the own class and nothing of the other; 1.25 of the other, 0.4 of the own;
    # nothing
    assert loss == pytest.approx(2.0 * 0.3 + 3.0 * (1.25 + 0.4))
    assert dmargins.tolist() == [[-2.0, 0.0], [3.0, -3.0], [0.0, 0.0]]


def test_a_peak_is_the_largest_margin_and_the_first_step_that_reaches_it():
    margins = np.array(
        [[[0.0, 3.0], [2.0, 3.0], [1.0, -1.0]], [[-3.0, -1.0], [-2.0, -2.0], [-2.0, 0.0]]])
    largest, at = peaks(margins)
    assert largest.tolist() == [[2.0, 3.0], [-2.0, 0.0]] and at.tolist() == [[1, 0], [1, 2]]
