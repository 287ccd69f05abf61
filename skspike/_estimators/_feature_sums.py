"""Features that are fitted to parts of the data: by their shapes, means, or a few samples."""

from functools import reduce
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_array

from .._utils import Moments
from ._lzc_transformer import LZCTransformer
from ._parts import Parts, checked_first, columns_of, own_rows, set_columns, with_lengths


def fitted_shape(transformer: Any, data: Parts) -> Any:
    """Return a transformer that learns the shape of the data alone."""
    return with_lengths(data, data.each(_fitted, transformer))


def _fitted(transformer: Any, X: Any, *others: Any) -> Any:
    """Return a copy that is fitted to a part."""
    return clone(transformer).fit(X)


def fitted_lzc(classifier: Any, data: Any, fitted_last: Any) -> Any:
    """Return an LZCClassifier. `fitted_last` fits its estimator to parts of the features."""
    parameters = classifier.get_params(deep=False)
    template = parameters.pop("estimator")
    features = fitted_shape(LZCTransformer(**parameters), data)
    found = clone(classifier)
    learned = {name: value for name, value in vars(features).items() if name not in parameters}
    vars(found).update(learned)
    found.estimator_ = fitted_last(
        found._template() if template is None else template, data.after(features))
    found.classes_ = found.estimator_.classes_
    return found


def fitted_scaler(scaler: Any, data: Parts) -> Any:
    """Return a StandardScaler with the mean and deviation of all parts."""
    columns, moments = zip(*data.each(_moments), strict=True)
    data.check_shapes([(2, len(one.mean)) for one in moments])
    found = reduce(Moments.joined, moments)
    # two samples with this mean and deviation
    fitted = clone(scaler).fit(np.stack([found.mean - found.sd, found.mean + found.sd]))
    fitted.n_samples_seen_ = int(found.weight)
    set_columns(fitted, columns)
    return fitted


def _moments(X: Any, *others: Any) -> tuple[list[str] | None, Moments]:
    """Return the names of the columns of a part, and the moments of its features."""
    columns, X = columns_of(X), check_array(X)
    return columns, Moments.of(X, np.ones(len(X)))


def fitted_rocket(rocket: Any, data: Parts) -> Any:
    """Return a SpikingRocket that is fitted to all parts.

    It needs means and deviations, the amplitude of each sample, and eight samples for each group of
    neurons.
    """
    begun, sizes, longest, moments = zip(*data.each(_begin_rocket, rocket), strict=True)
    found = with_lengths(data, begun)
    found._learn_scale([reduce(Moments.joined, same) for same in zip(*moments, strict=True)])
    found._learn_amplitudes(np.concatenate(data.each(_amplitudes, found), axis=1))

    def series(rows: Any) -> Any:
        """Return the inputs of neurons for some samples."""
        own = own_rows(rows, sizes)
        samples = [x for part in data.each(_series, found, own=own) for x in part]
        return samples if found.n_steps_in_ is None else [np.concatenate(samples)]

    found._learn_groups(sum(sizes), max(longest), series)
    return found


def _begin_rocket(rocket: Any, X: Any, *others: Any) -> tuple[Any, ...]:
    """Return a copy that knows the shape of a part, its size and length, and its moments."""
    rocket = clone(rocket)
    X = rocket._begun(X)
    return rocket, len(X), X.shape[-1], rocket._moments(X)


def _amplitudes(rocket: Any, X: Any, *others: Any) -> Any:
    """Return the amplitudes of the samples of a part."""
    return rocket._amplitudes(clone(rocket)._begun(X))


def _series(rocket: Any, rows: Any, X: Any, *others: Any) -> list[Any]:
    """Return the inputs of neurons for some samples of a part, each as an array of one sample."""
    if not len(rows):
        return []
    series = rocket._series(clone(rocket)._begun(X)[rows])
    return [part[k : k + 1] for part in series for k in range(len(part))]


def fitted_patches(patches: Any, data: Parts) -> Any:
    """Return a SpikingPatches that is fitted to the samples that one fit would draw."""
    begun, sizes = zip(*data.each(_begin_patches, patches), strict=True)
    found = checked_first(data, begun)
    lengths = {one.n_steps_in_ for one in begun}
    if len(lengths) > 1:
        raise ValueError(
            f"SpikingPatches needs parts of equal length, got parts of {sorted(lengths)} steps.")
    rng, rows = found._drawn_rows(sum(sizes))
    samples = data.each(_images, patches, own=own_rows(rows, sizes))
    return found._learn(np.concatenate(samples), rng)


def _begin_patches(patches: Any, X: Any, *others: Any) -> tuple[Any, int]:
    """Return a copy that knows the shape of a part, and its number of samples."""
    patches = clone(patches)
    return patches, len(patches._begun(X))


def _images(patches: Any, rows: Any, X: Any, *others: Any) -> Any:
    """Return some samples of a part, checked."""
    return clone(patches)._begun(X)[rows]
