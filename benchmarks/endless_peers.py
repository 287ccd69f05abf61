"""Other models of a target at each step, with ``fit`` and ``predict`` of lists of recordings.

All are causal. Their penalties are chosen on blocks of time that are left out. Models of classes
leave out steps of class -1, and return log odds, so that `skspike.EventDetector` takes them.
"""

import importlib

import numpy as np
from scipy.signal import lfilter
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

N_FOLDS = 4  # of eight blocks of time
PENALTIES = np.logspace(-6, 6, 25)
CHUNK = 20_000  # steps whose features are computed at once


class Ridge:
    """Ridge regression on standardised features, whose penalty has the lowest error on blocks.

    Parameters
    ----------
    features : list of ndarray of shape (n_features, n_steps)
        Features of each recording.
    y : list of ndarray of shape (n_outputs, n_steps)
        Targets.
    weight : list of ndarray of shape (n_steps,) or None, default=None
        Weights of the steps.
    """

    def __init__(self, features, y, weight=None):
        folds = [0.0] * N_FOLDS
        for k, (f, target) in enumerate(zip(features, y, strict=True)):
            w = np.ones(f.shape[1]) if weight is None else weight[k]
            edges = np.linspace(0, f.shape[1], 2 * N_FOLDS + 1).astype(int)
            for i, (a, b) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
                rows = np.vstack([f[:, a:b], np.ones(b - a), target[:, a:b]])
                folds[i % N_FOLDS] = folds[i % N_FOLDS] + (rows * w[a:b]) @ rows.T
        n_features = len(features[0])
        whole, errors = sum(folds), 0.0
        for fold in folds:
            coef = _solutions(whole - fold, n_features, PENALTIES)
            # the sum of squares of y - coef'f on the fold
            joined = np.concatenate(
                [-coef, np.tile(np.eye(coef.shape[2]), (len(PENALTIES), 1, 1))], axis=1)
            errors = errors + np.einsum("pio,ij,pjo->p", joined, fold, joined, optimize=True)
        self.error = errors.min()
        (self.coef,) = _solutions(whole, n_features, PENALTIES[[errors.argmin()]])

    def predict(self, features):
        """Return predictions, (n_outputs, n_steps)."""
        return self.coef[:-1].T @ features + self.coef[-1:].T


def _solutions(gram, n, penalties):
    """Return coefficients and intercepts for each penalty, (n_penalties, n + 1, n_outputs)."""
    total = gram[n, n]
    centred = gram - np.outer(gram[n], gram[n]) / total
    scale = np.sqrt(np.maximum(np.diag(centred)[:n] / total, 1e-12))
    scale[scale < 1e-5] = np.inf
    values, vectors = np.linalg.eigh(centred[:n, :n] / np.outer(scale, scale))
    rotated = vectors.T @ (centred[:n, n + 1:] / scale[:, None])
    found = []
    for penalty in penalties:
        coef = vectors @ (rotated / (np.maximum(values, 0) + penalty)[:, None]) / scale[:, None]
        found.append(np.vstack([coef, (gram[n, n + 1:] - gram[n, :n] @ coef) / total]))
    return np.array(found)


def lagged(x, width, n_lags):
    """Return means in `n_lags` bins of `width` steps that end at each step, float32."""
    sums = np.cumsum(x, axis=1, dtype=np.float64)
    sums[:, width:] -= sums[:, :-width].copy()
    found = np.zeros((n_lags, *x.shape), np.float32)
    for k in range(n_lags):
        found[k, :, k * width:] = sums[:, : x.shape[1] - k * width] / width
    return found.reshape(-1, x.shape[1])


class Wiener(RegressorMixin, BaseEstimator):
    """Wiener filter: ridge regression on lagged bins.

    `bins` are pairs of a width in ms and a number of bins. The pair with the lowest error on blocks
    is kept.
    """

    def __init__(self, bins=((10, 12), (50, 6), (100, 6)), dt=1.0):
        self.bins = bins
        self.dt = dt

    def fit(self, X, y):
        """Fit the coefficients, and return the filter."""
        tried = []
        for width, n_lags in self.bins:
            size = max(round(width / self.dt), 1), n_lags
            tried.append((Ridge([lagged(x, *size) for x in X], y), size))
        self.ridge_, self.size_ = min(tried, key=lambda one: one[0].error)
        return self

    def predict(self, X):
        """Return a list of (n_outputs, n_steps)."""
        return [self.ridge_.predict(lagged(x, *self.size_)) for x in X]


class Kalman(RegressorMixin, BaseEstimator):
    """Kalman filter of targets and their first two differences, on counts in bins of `width` ms.

    The lag of the spikes in bins is chosen on the last fifth of each recording.
    """

    def __init__(self, width=50, lags=(0, 1, 2, 3), dt=1.0):
        self.width = width
        self.lags = lags
        self.dt = dt

    def fit(self, X, y):
        """Estimate the matrices, and return the filter."""
        self.size_ = max(round(self.width / self.dt), 1)
        cuts, errors = [int(0.8 * x.shape[1]) for x in X], []
        for lag in self.lags:
            self._estimate(
                [x[:, :cut] for x, cut in zip(X, cuts, strict=True)],
                [target[:, :cut] for target, cut in zip(y, cuts, strict=True)], lag)
            errors.append(sum(
                ((target - found)[:, cut:] ** 2).sum()
                for target, found, cut in zip(y, self.predict(X), cuts, strict=True)))
        self._estimate(X, y, self.lags[int(np.argmin(errors))])
        return self

    def _estimate(self, X, y, lag):
        self.lag_ = lag
        counts = [self._counts(x) for x in X]
        states = [self._states(target) for target in y]
        # counts of a bin belong to the state `lag` bins later
        z = np.hstack([count[:, : count.shape[1] - lag] for count in counts])
        s = np.hstack([state[:, lag:] for state in states])
        self.mean_, self.centre_ = z.mean(axis=1, keepdims=True), s.mean(axis=1, keepdims=True)
        z, s = z - self.mean_, s - self.centre_
        before, after = (
            np.hstack([state[:, part] for state in states]) - self.centre_
            for part in (slice(None, -1), slice(1, None)))
        self.A_ = after @ before.T @ np.linalg.pinv(before @ before.T)
        self.W_ = np.cov(after - self.A_ @ before) + 1e-9 * np.eye(len(s))
        self.H_ = z @ s.T @ np.linalg.pinv(s @ s.T)
        self.Q_ = np.cov(z - self.H_ @ s) + 1e-6 * np.eye(len(z))

    def _states(self, y):
        y = y[:, self.size_ - 1 :: self.size_]
        first = np.diff(y, axis=1, prepend=y[:, :1])
        return np.vstack([y, first, np.diff(first, axis=1, prepend=first[:, :1])])

    def _counts(self, x):
        n = x.shape[1] // self.size_
        return x[:, : n * self.size_].reshape(len(x), n, self.size_).sum(axis=2).astype(float)

    def predict(self, X):
        """Return a list of (n_outputs, n_steps). A bin is known at its end."""
        gain = self.H_.T @ np.linalg.inv(self.Q_)
        information = gain @ self.H_
        found = []
        for x in X:
            z = self._counts(x) - self.mean_
            covariance, state = self.W_.copy(), np.zeros(len(self.A_))
            n_outputs = len(state) // 3
            held = np.zeros((n_outputs, z.shape[1] + 1))
            for t in range(self.lag_, z.shape[1]):
                state, covariance = self.A_ @ state, self.A_ @ covariance @ self.A_.T + self.W_
                covariance = np.linalg.inv(np.linalg.inv(covariance) + information)
                seen = z[:, t - self.lag_]
                state = state + covariance @ (gain @ (seen - self.H_ @ state))
                held[:, t + 1] = state[:n_outputs]
            held += self.centre_[:n_outputs]
            found.append(held[:, (np.arange(x.shape[1]) + 1) // self.size_])
        return found


class EchoState(RegressorMixin, BaseEstimator):
    """Echo state network of 300 units with a ridge regression, as in reservoirpy.

    The input is smoothed. Of the time constants `smooth` in ms, the one with the lowest error on
    blocks is kept.
    """

    def __init__(
            self, n_units=300, leak=0.1, radius=0.9, smooth=(5.0, 20.0, 50.0), dt=1.0,
            random_state=0):
        self.n_units = n_units
        self.leak = leak
        self.radius = radius
        self.smooth = smooth
        self.dt = dt
        self.random_state = random_state

    def fit(self, X, y):
        """Draw the weights, and fit the readout."""
        rng, n, n_inputs = np.random.default_rng(self.random_state), self.n_units, len(X[0])
        weights = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.1)
        weights *= self.radius / np.abs(np.linalg.eigvals(weights)).max()
        signs = rng.choice([-1, 1], (n, n_inputs))
        self.weights_ = weights.T.astype(np.float32)
        self.inputs_ = signs * (rng.random((n, n_inputs)) < max(0.1, 3 / n_inputs))
        self.bias_ = rng.uniform(-0.2, 0.2, n)
        tried = [(Ridge([self._states(x, tau) for x in X], y), tau) for tau in self.smooth]
        self.ridge_, self.tau_ = min(tried, key=lambda one: one[0].error)
        return self

    def _states(self, x, tau):
        decay = np.exp(-self.dt / tau)
        x = lfilter([np.sqrt(1 - decay)], [1, -decay], x, axis=1)
        drive = self.inputs_ @ x + self.bias_[:, None]
        drive, states = drive.T.astype(np.float32), np.zeros((x.shape[1] + 1, self.n_units))
        state, leak = np.zeros(self.n_units, np.float32), np.float32(self.leak)
        for t, row in enumerate(drive, start=1):
            state += leak * (np.tanh(row + state @ self.weights_) - state)
            states[t] = state
        return np.vstack([states[1:].T, x])

    def predict(self, X):
        """Return a list of (n_outputs, n_steps)."""
        return [self.ridge_.predict(self._states(x, self.tau_)) for x in X]


class GRU(BaseEstimator):
    """Network of 64 gated recurrent units in torch, trained on pieces with a warm-up.

    Values are predicted if y has (n_outputs, n_steps), and classes if it has (n_steps,).
    """

    def __init__(self, n_units=64, width=1, n_updates=800, n_bins=160, dt=1.0, random_state=0):
        self.n_units = n_units
        self.width = width
        self.n_updates = n_updates
        self.n_bins = n_bins
        self.dt = dt
        self.random_state = random_state

    def fit(self, X, y):
        """Train with Adam at a rate of 5e-3, which falls along a cosine."""
        torch = importlib.import_module("torch")
        torch.manual_seed(self.random_state)
        torch.set_num_threads(1)
        self.size_ = b = max(round(self.width / self.dt), 1)
        binned, y = [self._binned(x) for x in X], [target[..., b - 1 :: b] for target in y]
        joined = np.concatenate(binned, axis=1)
        self.mean_, self.scale_ = (
            part(joined, axis=1, keepdims=True) for part in (np.mean, np.std))
        self.scale_ += 1e-6
        has_classes = y[0].ndim == 1
        every = np.concatenate(y, axis=-1)
        if has_classes:
            self.classes_ = np.unique(every[every >= 0])
            n_outputs = len(self.classes_)
            y = [np.where(target < 0, -1, np.searchsorted(self.classes_, target)) for target in y]
        else:
            n_outputs = len(every)
            self.centre_, self.unit_ = every.mean(1, keepdims=True), every.std(1, keepdims=True)
            y = [(target - self.centre_) / self.unit_ for target in y]
        self.layers_ = gru, out = (
            torch.nn.GRU(len(joined), self.n_units, batch_first=True),
            torch.nn.Linear(self.n_units, n_outputs))
        pieces, targets, first = self._pieces(binned, y)
        pieces = torch.tensor(pieces, dtype=torch.float32).transpose(1, 2)
        targets = torch.tensor(targets) if has_classes else torch.tensor(
            targets, dtype=torch.float32)
        parameters = [*gru.parameters(), *out.parameters()]
        adam = torch.optim.Adam(parameters, 5e-3)
        n_epochs = max(-(-self.n_updates // -(-len(pieces) // 32)), 5)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            adam, n_epochs * -(-len(pieces) // 32))
        warm = torch.tensor(np.arange(self.n_bins) >= first[:, None])
        for _ in range(n_epochs):
            for rows in torch.randperm(len(pieces)).split(32):
                found = out(gru(pieces[rows])[0]).transpose(1, 2)
                if has_classes:
                    loss = torch.nn.functional.cross_entropy(
                        found, targets[rows], ignore_index=-1, reduction="none")
                    weight = warm[rows] & (targets[rows] >= 0)
                else:
                    loss, weight = ((found - targets[rows]) ** 2).mean(1), warm[rows]
                adam.zero_grad()
                ((loss * weight).sum() / weight.sum()).backward()
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                adam.step()
                schedule.step()
        return self

    def _pieces(self, X, y):
        """Return pieces, their targets, and the first bin of each that counts."""
        warm, parts = self.n_bins // 4, []
        for x, target in zip(X, y, strict=True):
            x = (x - self.mean_) / self.scale_
            for start in range(0, x.shape[1] - self.n_bins + 1, self.n_bins - warm):
                part = slice(start, start + self.n_bins)
                parts.append((x[:, part], target[..., part], warm if start else 0))
        return map(np.array, zip(*parts, strict=True))

    def _binned(self, x):
        n = x.shape[1] // self.size_
        return x[:, : n * self.size_].reshape(len(x), n, self.size_).mean(axis=2)

    def decision_function(self, X):
        """Return a list of outputs, (n_outputs, n_steps). A bin is known at its end."""
        torch = importlib.import_module("torch")
        gru, out = self.layers_
        found = []
        for x in X:
            z = ((self._binned(x) - self.mean_) / self.scale_).T[None]
            with torch.no_grad():
                values = out(gru(torch.tensor(z, dtype=torch.float32))[0])[0].numpy().T
            values = np.hstack([values[:, :1] * 0, values])
            found.append(values[:, (np.arange(x.shape[1]) + 1) // self.size_])
        return found

    def predict(self, X):
        """Return a list of values, (n_outputs, n_steps), or of classes, (n_steps,)."""
        outputs = self.decision_function(X)
        if hasattr(self, "classes_"):
            return [self.classes_[values.argmax(axis=0)] for values in outputs]
        return [values * self.unit_ + self.centre_ for values in outputs]


class LaggedLogistic(ClassifierMixin, BaseEstimator):
    """Logistic regression on lagged bins of `width` ms, fitted to each tenth step."""

    def __init__(self, width=50, n_lags=6, C=0.003, dt=1.0):
        self.width = width
        self.n_lags = n_lags
        self.C = C
        self.dt = dt

    def _features(self, x):
        return lagged(x, max(round(self.width / self.dt), 1), self.n_lags).T

    def fit(self, X, y):
        """Fit the coefficients."""
        rows, labels = [], []
        for x, target in zip(X, y, strict=True):
            (steps,) = np.nonzero(target[::10] >= 0)
            rows.append(self._features(x)[10 * steps])
            labels.append(target[10 * steps])
        self.model_ = make_pipeline(StandardScaler(), LogisticRegression(C=self.C, max_iter=200))
        self.model_.fit(np.concatenate(rows), np.concatenate(labels))
        self.classes_ = self.model_.classes_
        return self

    def decision_function(self, X):
        """Return a list of log odds, (n_classes, n_steps)."""
        found = []
        for x in X:
            scaler, linear = (step for _, step in self.model_.steps)
            # one product for each chunk, with the steps before it
            overlap = self.n_lags * max(round(self.width / self.dt), 1)
            parts = []
            for start in range(0, x.shape[1], CHUNK):
                first = max(start - overlap, 0)
                rows = self._features(x[:, first : start + CHUNK])[start - first :]
                parts.append(linear.decision_function(scaler.transform(rows)).T)
            found.append(np.concatenate(parts, axis=1))
        return found

    def predict(self, X):
        """Return a list of classes, (n_steps,)."""
        return [self.classes_[values.argmax(axis=0)] for values in self.decision_function(X)]


class Windows(ClassifierMixin, BaseEstimator):
    """Classifier of the last `length` ms, which decides each `hop` ms.

    `transform` turns windows (n, n_channels, n_steps) into features, and `model` is a classifier
    with ``predict_proba``, or ``decision_function``, of features.
    """

    def __init__(self, transform, model, length=1500.0, hop=200.0, dt=1.0):
        self.transform = transform
        self.model = model
        self.length = length
        self.hop = hop
        self.dt = dt

    def _features(self, x, ends):
        n = round(self.length / self.dt)
        before = np.repeat(x[:, :1], n, axis=1)
        padded = np.concatenate([before, x], axis=1)
        parts = []
        for some in np.array_split(ends, -(-len(ends) // 2000)):
            windows = padded[:, some[:, None] + 1 + np.arange(n)]
            parts.append(self.transform(np.ascontiguousarray(windows.transpose(1, 0, 2))))
        return np.concatenate(parts)

    def fit(self, X, y):
        """Fit the model to windows that end each `hop` ms."""
        hop, rows, labels = round(self.hop / self.dt), [], []
        for x, target in zip(X, y, strict=True):
            ends = np.arange(hop - 1, x.shape[1], hop)
            ends = ends[target[ends] >= 0]
            rows.append(self._features(x, ends))
            labels.append(target[ends])
        self.model_ = clone(self.model).fit(np.concatenate(rows), np.concatenate(labels))
        self.classes_ = self.model_.classes_
        return self

    def decision_function(self, X):
        """Return a list of log odds, (n_classes, n_steps)."""
        hop, found = round(self.hop / self.dt), []
        for x in X:
            features = self._features(x, np.arange(hop - 1, x.shape[1], hop))
            if hasattr(self.model_, "predict_proba"):
                values = np.log(np.maximum(self.model_.predict_proba(features), 1e-4))
            else:
                values = 3 * self.model_.decision_function(features)
            values = np.vstack([values[:1] * 0, values])
            found.append(values[(np.arange(x.shape[1]) + 1) // hop].T)
        return found


class RidgeClassifier(ClassifierMixin, BaseEstimator):
    """Ridge regression of classes of equal weight, on standardised features."""

    def fit(self, X, y):
        """Fit the coefficients."""
        self.classes_, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        targets = 2.0 * (np.arange(len(self.classes_))[:, None] == codes) - 1
        self.ridge_ = Ridge([X.T], [targets], [len(y) / len(counts) / counts[codes]])
        return self

    def decision_function(self, X):
        """Return the scores of the classes, (n, n_classes)."""
        return self.ridge_.predict(X.T).T


def summary(windows):
    """Return simple statistics of each channel of windows, and the means of fifths."""
    t, steps = np.linspace(-1, 1, windows.shape[2]), np.diff(windows, axis=2)
    fifths = [part.mean(axis=2) for part in np.array_split(windows, 5, axis=2)]
    return np.concatenate([
        windows.mean(axis=2), windows.std(axis=2), windows.min(axis=2), windows.max(axis=2),
        (windows * t).mean(axis=2), np.abs(steps).mean(axis=2), steps.std(axis=2), *fifths,
        windows.argmax(axis=2), windows.argmin(axis=2)], axis=1)


class MiniRocketFeatures:
    """Features of aeon's MiniRocket, fitted to the first windows that come."""

    def __init__(self, n_kernels=2000, random_state=0):
        self.n_kernels = n_kernels
        self.random_state = random_state

    def __call__(self, windows):
        """Return features of windows, (n, n_features)."""
        if not hasattr(self, "rocket_"):
            module = importlib.import_module("aeon.transformations.collection.convolution_based")
            self.rocket_ = module.MiniRocket(self.n_kernels, random_state=self.random_state)
            self.rocket_.fit(windows)
        return self.rocket_.transform(windows)


def forest(dt, seed, **times):
    """Return a random forest on simple statistics of windows."""
    model = RandomForestClassifier(
        300, class_weight="balanced_subsample", min_samples_leaf=2, random_state=seed)
    return Windows(summary, model, dt=dt, **times)


def minirocket(dt, seed, **times):
    """Return MiniRocket with a ridge regression on windows."""
    return Windows(MiniRocketFeatures(random_state=seed), RidgeClassifier(), dt=dt, **times)
