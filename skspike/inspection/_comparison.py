"""Scores of a model with other neurons, rules or settings, over seeds and folds."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import check_cv, cross_val_score

from .._base import SIZE_LIMITS, Array, check_number, shown
from ._style import Display, palette

MOST_LETTERS = 60  # of a name


class Comparison(NamedTuple):
    """Scores of a model for several values of a parameter, or combinations of several.

    Parameters
    ----------
    parameter : str
        Name of the parameter, or names with commas.
    names : tuple of str
        Name of each value or combination.
    scores : ndarray of shape (n_values, n_seeds, n_folds)
        Scores on the test samples of each fold.

    See Also
    --------
    compare_values : Compute them.
    skspike.inspection.ComparisonDisplay : Draw them.

    Examples
    --------
    >>> import numpy as np
    >>> from skspike.inspection import Comparison
    >>> scores = np.array([[[0.5, 0.7], [0.6, 0.8]], [[0.7, 0.8], [0.7, 1.0]]])
    >>> found = Comparison("neuron", ("lif", "adex"), scores)
    >>> found.by_seed().round(2).tolist()
    [[0.6, 0.7], [0.75, 0.85]]
    >>> mean, error = found.difference("adex", "lif")
    >>> round(mean, 2), round(error, 2)
    (0.15, 0.0)
    """

    parameter: str
    names: tuple[str, ...]
    scores: Array

    def by_seed(self, reference: str | None = None) -> Array:
        """Return the mean score over folds, or its differences from a reference.

        Parameters
        ----------
        reference : str or None, default=None
            One of `names`. Its score with the same seed is subtracted, so that the common effect of
            a seed cancels. None subtracts nothing.

        Returns
        -------
        scores : ndarray of shape (n_values, n_seeds)
            One mean for each value and seed.

        Raises
        ------
        ValueError
            If there is no such name.
        """
        means = np.asarray(self.scores.mean(axis=2))
        return means if reference is None else means - means[self._place(reference)]

    def difference(self, name: str, other: str) -> tuple[float, float]:
        """Return the mean difference of two values, and its standard error over seeds.

        The seeds and the folds are the same for both, so that their effects on the difference
        cancel. The error says how much other seeds would change the mean, and not other data.

        Parameters
        ----------
        name, other : str
            Two of `names`.

        Returns
        -------
        mean : float
            Mean score of `name` minus the mean score of `other`.
        error : float
            Standard error of the mean. NaN for a single seed.

        Raises
        ------
        ValueError
            If there is no such name.
        """
        each = self.by_seed(other)[self._place(name)]
        n = len(each)
        return float(each.mean()), float(each.std(ddof=1) / n**0.5) if n > 1 else float("nan")

    def _place(self, name: str) -> int:
        """Return the index of a name, or raise."""
        if name not in self.names:
            raise ValueError(f"The comparison has the names {self.names}, got {shown(name)}.")
        return self.names.index(name)


def compare_values(
        model: Any, X: Any, y: ArrayLike, param_grid: Mapping[str, Iterable[Any]], *,
        seeds: int | Sequence[int] = 5, cv: Any = None, groups: ArrayLike | None = None,
        scoring: Any = None, n_jobs: int | None = None) -> Comparison:
    """Compare neuron models, rules or other values of parameters over seeds and folds.

    A network depends on its random weights. So a difference between two neuron models means little
    without its spread over seeds. All values get the same seeds and the same folds. Of several
    parameters, all combinations of their values are compared.

    Parameters
    ----------
    model : estimator
        A classifier, a regressor or a Pipeline, which is cloned for each fit.
    X : array-like of shape (n_samples, ...)
        Samples.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or values.
    param_grid : dict of str to iterable
        Different values, at least one, of each parameter, as in
        `sklearn.model_selection.GridSearchCV`: ``{"neuron": ["lif", "meta"]}``. In a Pipeline,
        names begin with that of the step, such as ``"snnclassifier__rule"``. Estimators are cloned.
    seeds : int or sequence of int, default=5
        Seeds, or their number. Each replaces the ``random_state`` of the model and of its parts,
        also of estimators in `param_grid`. Seeds have no effect with a value that leaves no
        ``random_state`` in the model.
    cv : int, cross-validation splitter, list of (train, test) or None, default=None
        Folds, as in `sklearn.model_selection.cross_val_score`. None: 5.
    groups : array-like of shape (n_samples,) or None, default=None
        Group of each sample, for splitters that use groups.
    scoring : str, callable or None, default=None
        Score, by a name of scikit-learn or as ``scoring(model, X, y)``. None: ``model.score``.
    n_jobs : int or None, default=None
        Processes for the folds, as in scikit-learn.

    Returns
    -------
    comparison : Comparison
        ``names`` and ``scores`` of shape (n_values, n_seeds, n_folds). Names are texts, or
        representations of other values, joined by commas for several parameters, and cut to 60
        letters. If two names are equal, all start with their index.

    Raises
    ------
    ValueError
        If the model has no such parameter, or no ``random_state`` with any of the values, or if
        parameters, values or seeds are missing or equal.
    TypeError
        If `param_grid` is no dictionary.

    See Also
    --------
    skspike.inspection.ComparisonDisplay : Draw the comparison.
    sklearn.model_selection.GridSearchCV : Choose a value.

    Notes
    -----
    Do not report the score of the best value as the score of a chosen model: the same folds have
    chosen it. Use nested cross-validation or other data.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import compare_values
    >>> X, y = make_poisson(60, 4, 50, random_state=0)
    >>> network = SNNClassifier(8, max_iter=5)
    >>> grid = {"neuron": ["lif", "meta"], "learn_intrinsic": [False, True]}
    >>> found = compare_values(network, X, y, grid, seeds=2, cv=3)
    >>> found.names
    ('lif, False', 'lif, True', 'meta, False', 'meta, True')
    >>> found.scores.shape
    (4, 2, 3)

    How much does learning the time constants of each neuron change?

    >>> for neuron in ("lif", "meta"):
    ...     mean, error = found.difference(f"{neuron}, True", f"{neuron}, False")
    ...     print(f"{neuron}: {mean:.2f} +- {error:.2f}")
    lif: -0.02 +- 0.02
    meta: 0.00 +- 0.02
    """
    grid = _checked_grid(model, param_grid)
    settings = [dict(zip(grid, each, strict=True)) for each in product(*grid.values())]
    models = [
        clone(model).set_params(**{
            name: clone(value, safe=False) for name, value in setting.items()})
        for setting in settings]
    if not any(map(_random_states, models)):
        raise ValueError(
            f"{type(model).__name__} has no random_state with any of the values, so seeds have no "
            "effect.")
    seeds = _checked(seeds)
    splits = list(check_cv(cv, y, classifier=is_classifier(model)).split(X, y, groups))

    scores = [
        [
            cross_val_score(
                changed.set_params(**dict.fromkeys(_random_states(changed), seed)), X, y,
                cv=splits, scoring=scoring, n_jobs=n_jobs) for seed in seeds]
        for changed in models]
    return Comparison(", ".join(grid), _names(settings), np.array(scores))


def _checked_grid(model, grid):
    """Return the values of each parameter as lists, or raise."""
    if not isinstance(grid, Mapping):
        raise TypeError(
            'param_grid must be a dictionary of lists, such as {"neuron": ["lif", "meta"]}, got '
            f"{shown(grid)}.")
    if not grid:
        raise ValueError("param_grid must have at least one parameter, got {}.")
    for name in grid:
        if name not in model.get_params():
            raise ValueError(
                f"{type(model).__name__} has no parameter {shown(name)}. In a Pipeline, write the "
                "name of the step first, as in 'snnclassifier__neuron'.")
        if name.rpartition("__")[2] == "random_state":
            raise ValueError(
                f"param_grid must not have a seed, got {shown(name)}. Each value is compared over "
                "all seeds: pass seeds.")
    grid = {name: list(values) for name, values in grid.items()}
    for name, values in grid.items():
        if len(set(map(_content, values))) < max(len(values), 1):
            raise ValueError(
                f"Values of {name} must be different, at least one, got {shown(values)}.")
    return grid


def _checked(seeds):
    """Return different seeds, from a sequence of them or their number."""
    if isinstance(seeds, (list, tuple, range, np.ndarray)):
        seeds = [check_number(seed, "seeds", low=0, integer=True) for seed in seeds]
    else:
        seeds = range(check_number(seeds, "seeds", **SIZE_LIMITS))
    if not len(seeds) or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be different numbers, at least one, got {shown(seeds)}.")
    return seeds


def _random_states(model: Any) -> list[str]:
    """Return the names of the parameters that are seeds, also of parts."""
    return [name for name in model.get_params() if name.rpartition("__")[2] == "random_state"]


def _content(value: Any) -> str:
    """Return a text that shows all entries of a value, and all parameters of an estimator."""
    parameters = value.get_params() if isinstance(value, BaseEstimator) else {}
    with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
        return repr((value, parameters))


def _names(settings: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return a short name of each setting. If two are equal, all start with an index."""
    texts = [", ".join(map(_text, setting.values())) for setting in settings]
    names = tuple(map(_cut, texts))
    if len(set(names)) == len(names):
        return names
    return tuple(_cut(f"{k}: {text}") for k, text in enumerate(texts))


def _text(value: Any) -> str:
    """Return a text, or the representation of another value on one line."""
    return value if isinstance(value, str) else " ".join(repr(value).split())


def _cut(text: str) -> str:
    """Return the start of a long text."""
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 3]}..."


@dataclass(eq=False, repr=False)
class ComparisonDisplay(Display):
    """Scores of a model with other neurons, rules or settings: a point for each seed.

    The value of the highest mean is at the top. A line marks the mean over seeds.

    Parameters
    ----------
    comparison : Comparison
        Result of `skspike.inspection.compare_values`.
    reference : str or None, default=None
        Name of a value. Its score with the same seed is subtracted from the others, as in
        `Comparison.by_seed`. None draws the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure of the axes.
    points_ : list of matplotlib PathCollection
        The points of each value, from the top.

    See Also
    --------
    LossCurveDisplay : The loss of several models in training.
    skspike.inspection.compare_values : Compute the scores.

    Examples
    --------
    >>> from skspike import SNNClassifier
    >>> from skspike.datasets import make_poisson
    >>> from skspike.inspection import compare_values
    >>> from skspike.inspection import ComparisonDisplay
    >>> X, y = make_poisson(60, 4, 50, random_state=0)
    >>> network = SNNClassifier(8, max_iter=5)
    >>> found = compare_values(network, X, y, {"neuron": ["lif", "meta"]}, seeds=2, cv=3)
    >>> display = ComparisonDisplay(found).plot()
    >>> len(display.points_)
    2
    >>> differences = ComparisonDisplay(found, reference="lif").plot()
    >>> differences.ax_.get_xlabel().splitlines()[0]
    'score minus that of lif'
    """

    comparison: Comparison
    reference: str | None = None
    _method = "scatter"

    def _draw(self, ax, style):
        """Draw the points and the mean of each value."""
        scores, label = self.comparison.by_seed(self.reference), "score "
        if self.reference is not None:
            label = f"score minus that of {self.reference}\n"
            ax.axvline(0, color="grey", linewidth=0.8)
        order = np.argsort(-scores.mean(axis=1), kind="stable")
        options = {"color": palette(1)[0], "alpha": 0.6, **style}
        self.points_ = [
            ax.scatter(scores[value], np.full(scores.shape[1], place), **options)
            for place, value in enumerate(order)]
        means = scores.mean(axis=1)[order]
        ax.vlines(means, np.arange(len(order)) - 0.3, np.arange(len(order)) + 0.3, color="black")
        ax.set_yticks(range(len(order)), labels=[self.comparison.names[value] for value in order])
        ax.set(
            xlabel=f"{label}(a point for each seed, a line for their mean)",
            ylabel=self.comparison.parameter, ylim=(len(order) - 0.5, -0.5))
