"""A linear classifier of steps, with the contract that `EventDetector` demands."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skspike import Stream

DECAYS = np.float32([0.5, 0.8, 0.95])  # of the leaky sums of each channel


class StepClassifier(ClassifierMixin, BaseEstimator):
    """Linear discriminant analysis of leaky sums of the channels at each step."""

    def fit(self, X, y):
        F = np.concatenate([self._sums(x) for x in X], axis=1)
        y = np.concatenate(y)
        F, y = F[:, y >= 0].astype(float), y[y >= 0]
        self.classes_ = np.unique(y)
        means = np.stack([F[:, y == k].mean(axis=1) for k in self.classes_], axis=1)
        within = F - means[:, np.searchsorted(self.classes_, y)]
        coef = np.linalg.solve(np.cov(within) + 1e-6 * np.eye(len(F)), means)
        shares = np.log([np.mean(y == k) for k in self.classes_])
        self.coef_ = coef.T.astype(np.float32)
        self.intercept_ = (shares - (coef * means).sum(axis=0) / 2).astype(np.float32)
        return self

    def _sums(self, x):
        stream = SumStream(len(x))
        return np.stack([stream.step(column) for column in x.T], axis=1)

    def decision_function(self, X):
        return [self._scores(self.stream(), x) for x in X]

    def _scores(self, stream, x):
        found = np.empty((len(self.classes_), x.shape[1]), np.float32)
        for t, column in enumerate(x.T):
            stream.step(column)
            found[:, t] = stream.decision_function()
        return found

    def stream(self):
        return StepStream(self.coef_, self.intercept_)


class SumStream:
    def __init__(self, n_channels):
        self.sums = np.zeros((n_channels, len(DECAYS)), np.float32)

    def step(self, x):
        self.sums *= DECAYS
        self.sums += np.asarray(x, np.float32)[:, np.newaxis]
        return self.sums.ravel().copy()


class StepStream(Stream):
    def __init__(self, coef, intercept):
        self._coef, self._intercept = coef, intercept
        self._sums = SumStream(coef.shape[1] // len(DECAYS))
        self._complete(
            "StepClassifier", len(self._sums.sums), [self._sums.sums], coef, intercept)

    def step(self, x):
        self._sums.step(x)

    def decision_function(self):
        return (self._coef * self._sums.sums.ravel()).sum(axis=1) + self._intercept
