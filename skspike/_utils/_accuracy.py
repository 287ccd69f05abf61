"""Accuracy of class labels in one or several columns."""

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.metrics import accuracy_score

from ._typing import Array


def accuracy(y: Any, predicted: Array, sample_weight: Any = None) -> float:
    """Return the share of samples whose labels are all correct.

    scikit-learn's ``accuracy_score`` refuses several columns of more than two classes.
    """
    if predicted.ndim == 2:
        y = y.toarray() if issparse(y) else np.asarray(y)
        if y.shape != predicted.shape:
            raise ValueError(
                f"y must have the shape of the predictions, {predicted.shape}, got {y.shape}.")
        y, predicted = np.zeros(len(y), bool), (y != predicted).any(axis=1)
    return float(accuracy_score(y, predicted, sample_weight=sample_weight))
