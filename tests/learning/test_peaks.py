"""Loss of the tempotron: the missing margin on the side of each sample's class."""

from types import SimpleNamespace

import numpy as np
import pytest

from skspike.learning import Target
from skspike.learning._tempotron import PeakObjective, peaks

pytestmark = pytest.mark.small


def test_the_loss_is_the_missing_margin_and_an_exact_margin_has_loss_0():
    objective = object.__new__(PeakObjective)
    objective.rule, objective.classes = SimpleNamespace(margin=0.5), np.arange(2)
    target = Target(np.array([0, 1, 1, 0]), np.array([1.0, 3.0, 0.5, 2.0]))
    objective.task = SimpleNamespace(target=target)
    margins, rows = np.array([[0.2, -0.5], [0.75, 0.1], [0.5, -2.0]]), np.array([3, 1, 0])
    loss, dmargins = objective._errors(margins, rows)
    # missing: 0.3 and 0, 1.25 and 0.4, 0 and 0
    assert loss == pytest.approx(2.0 * 0.3 + 3.0 * (1.25 + 0.4))
    assert dmargins.tolist() == [[-2.0, 0.0], [3.0, -3.0], [0.0, 0.0]]


def test_a_peak_is_the_largest_margin_at_the_first_step_that_reaches_it():
    margins = np.array(
        [[[0.0, 3.0], [2.0, 3.0], [1.0, -1.0]], [[-3.0, -1.0], [-2.0, -2.0], [-2.0, 0.0]]])
    largest, at = peaks(margins)
    assert largest.tolist() == [[2.0, 3.0], [-2.0, 0.0]] and at.tolist() == [[1, 0], [1, 2]]
