"""Relative complexity: code lengths of spike trains in the Lempel-Ziv dictionary of each class.

The features are bits per step that a class saves, compared with the other classes. Training samples
are coded with the dictionaries of other folds, as new samples will be.
"""

import functools
import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from .._base import (
    Array, FittedArray, check_arrays, check_fits, check_jobs, check_kinds, map_samples, part_bounds,
    placed)
from ..trains import (
    ClassModels, Phrases, PopulationPhrases, Samples, Tables, centred, frozen, phrase_dictionary,
    phrase_text)

EXPERTS = Phrases(), PopulationPhrases()
N_FOLDS = 5
GROUP_SIZE = 2**18  # steps that are coded at a time
BIT = math.log(2)  # in nats, the unit of the tables


class Dictionaries(NamedTuple):
    """Dictionaries of the classes in a column of labels.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Labels.
    tables : list of dict
        Tables of each expert.
    counts : ndarray of shape (n_classes, n_symbols)
        How often each phrase occurred, without and with a spike after it, in all channels.
    typical : ndarray of shape (n_classes,)
        Mean code length in bits per step and channel of the training samples of each class.
    """

    classes: Array
    tables: Tables
    counts: Array
    typical: Array

    def check(self, n_channels: int) -> None:
        """Raise unless tables and numbers have their dtypes and shapes."""
        check_kinds({"classes": (self.classes, np.ndarray), "tables": (self.tables, list)})
        experts, n_classes = experts_of(n_channels), len(self.classes)
        check_fits(
            len(self.tables) == len(experts), f"dictionaries_ must have {len(experts)} tables.")
        for expert, own in zip(experts, self.tables, strict=True):
            expert.check_tables(own, n_channels, n_classes)
        check_arrays([
            FittedArray("counts", self.counts, (n_classes, EXPERTS[0].n_symbols)),
            FittedArray("typical", self.typical, (n_classes,))])


def experts_of(n_channels: int) -> list[Phrases]:
    """Return the experts with a model of this number of channels."""
    return [expert for expert in EXPERTS if expert.models(n_channels)]


def learn(
        fitted: Any, raster: Any, y: Array, weights: Array) -> tuple[Dictionaries, Array, Array]:
    """Return the dictionaries of the classes of y, the features and the novelty of the samples.

    Parameters
    ----------
    fitted : LZCTransformer or LZCClassifier
        Estimator with fitted parameters.
    raster : ndarray of shape (n_samples, n_channels, n_steps), or Ragged
        Training samples.
    y : ndarray of shape (n_samples,)
        Labels.
    weights : ndarray of shape (n_samples,)
        Weights of the samples.

    Returns
    -------
    dictionaries : Dictionaries
        Dictionaries of all samples.
    features : ndarray of shape (n_samples, n_features)
        Features by the dictionaries without the fold of each sample.
    novelty : ndarray of shape (n_samples,)
        Novelty by these dictionaries.
    """
    classes, codes = np.unique(y, return_inverse=True)
    n_channels = raster.shape[1]
    models = ClassModels(
        experts_of(n_channels), n_channels, len(classes), N_FOLDS, check_jobs(fitted.n_jobs))
    samples = Samples.of(raster, codes, weights)
    counts = models.count(samples)
    tables, without = models.learned(counts)
    folds = [(fold, rows) for fold, rows in enumerate(models.folds(samples)) if len(rows)]
    coded = [_coded(fitted, raster[rows], without(fold), len(classes)) for fold, rows in folds]
    found = placed(coded, [rows for _, rows in folds])
    features, lengths = np.split(found, [-len(classes)], axis=1)
    typical = np.array([
        np.average(lengths[codes == k, k], weights=weights[codes == k])
        for k in range(len(classes))])
    phrases = np.sum([fold["symbols"].sum(axis=1, dtype=float) for fold in counts[0]], axis=0)
    return Dictionaries(classes, tables, phrases, typical), features, _novelty(lengths, typical)


def relative_features(fitted: Any, raster: Any) -> Array:
    """Return the features of new samples, for all columns of labels, (n_samples, n_features)."""
    return np.hstack([
        _coded(fitted, raster, own.tables, len(own.classes))[:, : -len(own.classes)]
        for own in fitted.dictionaries_])


def novelty(fitted: Any, raster: Any, own: Dictionaries) -> Array:
    """Return bits per step and channel above the mean of the most similar class."""
    n_classes = len(own.classes)
    lengths = _coded(fitted, raster, own.tables, n_classes)[:, -n_classes:]
    return _novelty(lengths, own.typical)


def relative_names(fitted: Any, n_channels: int) -> list[str]:
    """Return the names of the features, without windows."""
    models = [
        f"{expert.name}_{model}" for expert in experts_of(n_channels)
        for model in expert.models(n_channels)]
    n_columns = len(fitted.dictionaries_)
    return [
        f"{name}{label}{f'_y{k}' if n_columns > 1 else ''}"
        for k, own in enumerate(fitted.dictionaries_) for name in models
        for label in ([""] if len(own.classes) == 2 else [f"_{one}" for one in own.classes])]


def n_relative_features(fitted: Any, n_channels: int) -> int:
    """Return the number of features."""
    return len(relative_names(fitted, n_channels)) * int(fitted.n_windows_)


def terms(raster: Array, own: Dictionaries) -> Array:
    """Return log2 probabilities of steps, (n_samples, n_models, n_channels, n_steps, n_classes)."""
    found = [
        expert.terms(tables, frozen(raster))
        for expert, tables in zip(experts_of(raster.shape[1]), own.tables, strict=True)]
    return np.moveaxis(np.concatenate(found, axis=1), 2, -1) / BIT


def weights_of_terms(fitted: Any, coef: Array, n_steps: int) -> Array:
    """Return the weights of `terms` in linear scores of the features.

    Parameters
    ----------
    fitted : LZCTransformer or LZCClassifier
        Estimator with dictionaries of one column of labels.
    coef : ndarray of shape (n_outputs, n_features)
        Coefficients of the relative features.
    n_steps : int
        Length of the samples.

    Returns
    -------
    weights : ndarray of shape (n_outputs, n_models, n_windows, n_classes)
        Weights of the steps of each window, for all channels.
    """
    n_classes, n_windows = len(fitted.dictionaries_[0].classes), fitted.n_windows_
    n_contrasts = 1 if n_classes == 2 else n_classes
    weights = coef.reshape(len(coef), -1, n_contrasts, n_windows).swapaxes(2, 3)
    weights = weights / np.diff(part_bounds(n_steps, n_windows))[:, np.newaxis]
    return np.concatenate([-weights, weights], axis=-1) if n_classes == 2 else centred(weights)


def phrase_table(own: Dictionaries, label: int, n_phrases: int) -> Array:
    """Return the phrases of a class that save most bits, as a structured array."""
    counts, p, known = phrase_dictionary(
        own.counts.reshape(len(own.classes), -1, 2), EXPERTS[0].min_count, pays=True)
    silent, spikes = counts[label].T
    others, p = np.delete(p, label, axis=0).mean(axis=0), p[label]
    saved = spikes * np.log2(p / others) + silent * np.log2((1 - p) / (1 - others))
    saved /= own.counts[label].sum()
    nodes = np.flatnonzero(known.any(axis=0))
    nodes = nodes[np.argsort(-saved[nodes], kind="stable")][:n_phrases]
    rows = [
        (phrase_text(node), silent[node] + spikes[node], p[node], others[node], saved[node])
        for node in nodes.tolist()]
    return np.array(rows, dtype=[
        ("phrase", "U16"), *((name, float) for name in (
            "count", "spike", "spike_in_others", "saved_bits"))])


def _novelty(lengths, typical):
    """Return the smallest difference from the typical length of a class."""
    return functools.reduce(np.minimum, (lengths - typical).T)


def _coded(fitted, raster, tables, n_classes):
    """Return features and code lengths of samples, (n_samples, n_features + n_classes)."""

    def code(raster):
        """Return features and code lengths of samples of equal length."""
        bounds = part_bounds(raster.shape[2], fitted.n_windows_)
        saved = _saved_bits(frozen(raster), tables, n_classes, bounds)
        total = saved.sum(axis=3)
        lengths = -(total[:, :, 0] * np.diff(bounds)[:, np.newaxis]).sum(axis=1)
        return np.hstack([
            np.moveaxis(_contrasts(total), 1, -1).reshape(len(raster), -1),
            lengths / math.prod(raster.shape[1:])])

    return map_samples(
        code, raster, lambda shape: max(GROUP_SIZE // math.prod(shape), 1),
        check_jobs(fitted.n_jobs))


def _saved_bits(raster, tables, n_classes, bounds):
    """Return log2 probabilities per step, (n_samples, n_windows, n_models, n_channels, n_classes).

    The channels of all models of an expert are coded together.
    """
    found = []
    for expert, own in zip(experts_of(raster.shape[1]), tables, strict=True):
        state, windows = expert.start(len(raster), raster.shape[1], n_classes), []
        for start, stop in itertools.pairwise(bounds):
            state[-1][...] = 0
            expert.advance(own, frozen(raster[:, :, start:stop]), state)
            windows.append(state[-1] / (BIT * (stop - start)))
        found.append(np.stack(windows, axis=1))
    return np.concatenate(found, axis=2)


def _contrasts(values):
    """Return values of the second of two classes minus the first, or minus their mean, last."""
    return values[..., 1:] - values[..., :1] if values.shape[-1] == 2 else centred(values)
