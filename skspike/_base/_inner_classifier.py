"""Classifiers that pass features or samples to an inner classifier."""

import functools
import inspect
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    LogisticRegression, LogisticRegressionCV, Perceptron, RidgeClassifier, RidgeClassifierCV,
    SGDClassifier)
from sklearn.svm import LinearSVC
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import column_or_1d, has_fit_parameter

from ._estimator import accuracy, available_if
from ._samples import check_labels
from ._transactions import consistent
from ._typing import Array

LINEAR = LinearDiscriminantAnalysis, LogisticRegression
LINEAR_CLASSIFIERS = (
    *LINEAR, LogisticRegressionCV, RidgeClassifier, RidgeClassifierCV, LinearSVC, SGDClassifier,
    Perceptron)
READERS = {
    "predict": "labels", "predict_proba": "probabilities",
    "predict_log_proba": "log_probabilities", "decision_function": "scores"}


def _decides(method):
    """Return a check that raises AttributeError if a classifier has no such method."""

    def check(self):
        """Check the classifier."""
        self._check_decides(method)
        return True

    return check


def _tags(template):
    """Return the tags of a classifier that can be cloned, or None for any other object."""
    if isinstance(template, type) or not hasattr(template, "get_params"):
        return None
    tags = get_tags(template)
    return tags if tags.estimator_type == "classifier" else None


def decide(estimator: Any, method: str, features: Array) -> Any:
    """Return the result of a method of a fitted classifier, for features of this package.

    Linear classifiers skip the checks of scikit-learn, which take longer than one decision.
    """
    coef = getattr(estimator, "coef_", None)
    if type(estimator) not in LINEAR or method not in ("predict", "decision_function") or (
            not isinstance(coef, np.ndarray) or coef.shape[1:] != features.shape[1:]):
        return getattr(estimator, method)(features)
    scores = features @ coef.T + estimator.intercept_
    is_binary = scores.shape[1] == 1
    scores = scores.ravel() if is_binary else scores
    if method == "decision_function":
        return scores
    return estimator.classes_[
        (scores > 0).astype(int) if is_binary else scores.argmax(axis=1)]


def unseeded(estimator: Any) -> list[str]:
    """Return the names of the random states of an estimator that are None."""
    return [
        name for name, value in estimator.get_params().items()
        if value is None and name.rpartition("__")[2] == "random_state"]


def seeded(estimator: Any, seed: int) -> Any:
    """Set each random state of an estimator that is None, and return the estimator."""
    # a FrozenEstimator returns None
    estimator.set_params(**dict.fromkeys(unseeded(estimator), seed))
    return estimator


def _takes_any(function):
    """Return whether a function, such as the ``fit`` of a pipeline, takes any named arguments."""
    return any(
        parameter.kind is parameter.VAR_KEYWORD
        for parameter in inspect.signature(function).parameters.values())


def takes_columns(template):
    """Return whether an object is a classifier that takes labels in several columns."""
    tags = _tags(template)
    return tags is not None and (
        tags.target_tags.multi_output or tags.classifier_tags.multi_label)


@functools.cache
def _default_takes_columns(make):
    """Return whether the classifier that a function makes takes labels in several columns."""
    return takes_columns(make())


def checked_classes(y: Array, name: str) -> Array:
    """Return y, a single column in one dimension. Raise if it has no labels, or one class."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    check_labels(y, name)
    n_classes = len(np.unique(y))
    if n_classes < 2:
        raise ValueError(
            f"{name} needs samples of at least 2 classes, got {n_classes} class in n_samples = "
            f"{len(y)}.")
    return y


class DecisionMixin(ClassifierMixin):
    """Methods of a classifier that predicts by ``_decide(method, X)``, which it defines.

    ``_check_decides(method)`` raises an AttributeError if the classifier has no such method.
    """

    _decide: Any

    def _check_decides(self, method: str) -> None:
        """Raise if the classifier has no such method."""

    @consistent
    def predict(self, X: ArrayLike) -> Array:
        """Predict the class of each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Input as in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_columns)
            Class labels, in the shape of y in `fit`.
        """
        return self._decide("predict", X)

    @available_if(_decides("predict_proba"))
    @consistent
    def predict_proba(self, X: ArrayLike) -> Array:
        """Return class probabilities, if the classifier has them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Input as in `fit`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`. For labels in several columns, in the form of the inner
            classifier.
        """
        return self._decide("predict_proba", X)

    @available_if(_decides("predict_log_proba"))
    @consistent
    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Return logarithms of class probabilities, if the classifier has them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Input as in `fit`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns as in `classes_`. For labels in several columns, in the form of the inner
            classifier.
        """
        return self._decide("predict_log_proba", X)

    @available_if(_decides("decision_function"))
    @consistent
    def decision_function(self, X: ArrayLike) -> Array:
        """Return scores of the classes, if the classifier has them.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps), or list
            Input as in `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
            Scores of the classes. With two classes, positive ones are in favour of ``classes_[1]``.
        """
        return self._decide("decision_function", X)


class InnerClassifierMixin(DecisionMixin):
    """Methods of a classifier with an inner one, which it clones, fits and stores as `estimator_`.

    A class defines the classifier for ``estimator=None`` in ``_plugins``, and ``_decide(method,
    X)``, which returns the result of a method of the fitted classifier for X.
    """

    _takes_columns = False  # whether y may have several columns, if the inner classifier takes them
    estimator: Any
    estimator_: Any
    _plugins: Any

    def _template(self) -> Any:
        """Return the classifier to be cloned."""
        return self._plugins["estimator"][None]() if self.estimator is None else self.estimator

    def _check_decides(self, method: str) -> None:
        """Raise if the fitted classifier, or before `fit` the one to be cloned, lacks a method."""
        getattr(self.estimator_ if hasattr(self, "estimator_") else self._template(), method)

    def _check_template(self) -> None:
        template = self._template()
        if _tags(template) is None:
            raise TypeError(
                "estimator must be a classifier, such as LogisticRegression(), or None, got "
                f"{template!r}.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # scikit-learn asks for the tags several times in each prediction of a pipeline
        several = self._takes_columns and (
            _default_takes_columns(self._plugins["estimator"][None]) if self.estimator is None
            else takes_columns(self.estimator))
        tags.target_tags.multi_output = tags.classifier_tags.multi_label = several
        return tags

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata that `fit` passes to the ``fit`` of `estimator`, and own requests.

        Returns
        -------
        routing : MetadataRouter
            The routing, for scikit-learn.
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=type(self).__name__).add_self_request(self)
        return router.add(estimator=self._template(), method_mapping=mapping)

    def _routed(self, fit_params):
        """Return the arguments for the inner classifier, or raise if it does not take them."""
        fit_params = {name: value for name, value in fit_params.items() if value is not None}
        if get_config().get("enable_metadata_routing"):
            return process_routing(self, "fit", **fit_params).estimator.fit
        template = self._template()
        if _takes_any(template.fit):
            return fit_params
        for name in fit_params:
            if not has_fit_parameter(template, name):
                raise TypeError(
                    f"{type(self).__name__} passes {name} to its estimator, but the fit of "
                    f"{type(template).__name__} does not take it. LogisticRegression(), for "
                    "example, takes sample_weight.")
        return fit_params

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the accuracy: the share of samples whose labels are all correct.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_steps)
            Input with the same number of dimensions, channels and steps as in `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_columns)
            True labels.
        sample_weight : array-like of shape (n_samples,) or None, default=None
            Weights of the samples.

        Returns
        -------
        accuracy : float
            From 0 to 1. With labels in several columns, all columns of a sample must be correct.
        """
        return accuracy(y, self.predict(X), sample_weight)
