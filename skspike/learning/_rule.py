"""Base class of the learning rules."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._base import REQUIRED, Array, map_threads, placed
from ..neurons import Neuron
from ..simulation import Events, Network, Stepper, groups, list_spikes
from ._task import Result, Task


class Rule(ABC, BaseEstimator):  # type: ignore[misc]
    """Base of the learning rules.

    A rule defines ``name``, ``requires_y``, ``default_learning_rate`` and ``learn(task)``, which
    returns a ``Result``. A rule that does not run the network as plain layers also defines `run` or
    `respond`, and `stepper` for streams. Parameters of a rule that are named as parameters of
    `GradientRule`, such as ``dropout``, are checked, and applied to the input or the settings, by
    the estimator.

    See Also
    --------
    skspike.SNNClassifier : Takes it as `rule`.
    GradientRule : Base of the rules that follow gradients.
    Task : Argument of ``learn``.
    Result : Return value of ``learn``.
    skspike.testing.check_part : Check the contract of a part.

    Examples
    --------
    Random weights, and thresholds of twice the default:

    >>> from skspike import SNNTransformer
    >>> from skspike.datasets import make_poisson
    >>> from skspike.learning import Result, Rule, initial_state
    >>> class Hush(Rule):
    ...     name, requires_y = "hush", False
    ...     def learn(self, task):
    ...         state = initial_state(task)
    ...         for layer in state.layers:
    ...             layer.intrinsics["threshold"] *= 2
    ...         return Result(state, task.settings.neuron, {"n_iter_": 1})
    >>> X, y = make_poisson(20, 10, 50, random_state=0)
    >>> loud = SNNTransformer(8, rule=None, random_state=0).fit_transform(X)
    >>> quiet = SNNTransformer(8, rule=Hush(), random_state=0).fit_transform(X)
    >>> print(loud.sum(), "to", quiet.sum(), "spikes")
    137 to 41 spikes
    """

    name: str | None = REQUIRED
    requires_y = True
    learns_chunks = False  # whether partial_fit is supported
    learns_steps = False  # whether it learns a target for each step
    only_classes = True  # whether it learns one class per sample only: no values, no other labels
    # roles (see `skspike.neurons.Intrinsic`) of intrinsics that change even if they are not learned
    moves: tuple[str, ...] = ()
    # some of "recurrent", "convolution", "readout", "early_stopping" and "alpha", which estimators
    # refuse with other rules
    supports: tuple[str, ...] = ()
    # Parameters for which "auto" may find a value, from the data or the kind of input: some of
    # "alpha", "augment", "delays", "dropout" and "standardize". For others it means the value of a
    # network that finds none: `default_alpha`, 0, None or, for "standardize", True.
    chooses: tuple[str, ...] = ()
    repeats = False  # whether it presents a sample of weight 2 twice, instead of weighting a loss
    uses_dt: bool | None = None  # whether parameters are times or rates. None: not checked.
    times: tuple[str, ...] = ()  # parameters in ms, in steps if the rule is given by name
    rates: tuple[str, ...] = ()  # parameters in Hz
    smooth = False  # whether spikes are smooth in training, so that the loss is not of hard spikes
    least_score = 0.8  # training accuracy on two classes of firing rates, with any neuron
    poor_score = False  # whether estimators may score poorly on generic data
    default_learning_rate: float | None = 3e-3  # None: it has no learning rate
    default_alpha = 0.0

    def check(self) -> None:
        """Raise if a parameter is out of range, and convert numbers to Python's types."""

    def prepare(self, neuron: Neuron) -> Neuron:
        """Return the neuron model to train.

        Parameters
        ----------
        neuron : Neuron
            A copy of the neuron of the estimator.

        Returns
        -------
        neuron : Neuron
            The same neuron, or another one with the parameters that the rule needs.

        Raises
        ------
        ValueError
            If the rule does not support the neuron.
        """
        return neuron

    def epochs(self, n_samples: int, batch_size: int, images: bool = False) -> int:
        """Return the default number of epochs.

        Parameters
        ----------
        n_samples : int
            Number of training samples.
        batch_size : int
            Number of samples in a mini-batch.
        images : bool, default=False
            Whether the samples are constant images, for a network with a convolution.

        Returns
        -------
        epochs : int
            30, unless a rule overrides it.
        """
        return 30

    def runs(self, sizes: Sequence[int]) -> int:
        """Return the maximum number of passes over all epochs, which callbacks display.

        Parameters
        ----------
        sizes : sequence of int
            Number of neurons in each layer.

        Returns
        -------
        runs : int
            1, or more if the rule trains several times, for example layer by layer.
        """
        return 1

    @property
    def responds_in_steps(self) -> bool:
        """Whether `outputs_after` belongs to `respond`: both are overridden, or neither is."""
        own, base = type(self), Rule
        return (own.respond is base.respond) == (own.outputs_after is base.outputs_after)

    @abstractmethod
    def learn(self, task: Task) -> Result:
        """Learn weights and intrinsics.

        Parameters
        ----------
        task : Task
            Data, target, settings and starting point.

        Returns
        -------
        result : Result
            The learned network, its neuron, and attributes of the fitted estimator.
        """

    def run(self, network: Network, events: Events, out: Array | None = None) -> Array:
        """Return the spikes of the last layer.

        Parameters
        ----------
        network : Network
            The learned network.
        events : Events
            The input, as ``task.inputs.batch(rows)`` returns it.
        out : ndarray of shape (n_samples, n_neurons, n_steps), uint8, or None, default=None
            Array for the result.

        Returns
        -------
        raster : ndarray of shape (n_samples, n_neurons, n_steps), uint8
            1 if a neuron spikes in a step, else 0.
        """
        return network.rasters(events, out)

    def respond(self, network: Network, events: Events) -> Array:
        """Return the features of some samples, the input of the decoder.

        Parameters
        ----------
        network : Network
            The learned network.
        events : Events
            The input, as ``task.inputs.batch(rows)`` returns it.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features)
            Features, neuron by neuron. Each neuron has one for each filter of the readout.
        """
        return network.features(events)

    def outputs_after(
            self, network: Network, events: Events, decoder: Any, steps: Array,
            n_steps: int) -> Array:
        """Return the outputs of a decoder of the features after some steps.

        A rule with its own `respond` overrides it.

        Parameters
        ----------
        network : Network
            The learned network.
        events : Events
            The input, at least as long as the last of `steps`.
        decoder : LinearDecoder
            The decoder of the features.
        steps : ndarray of shape (n_times,), int64
            Numbers of steps, rising, from 1.
        n_steps : int
            Number of steps of whole trains.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_times, n_outputs)
            Outputs for the features that `respond` returns of the steps so far.
        """
        reading = network.reading(n_steps)
        bounds, segments = reading.after(steps, events.n_steps)
        counts = network.forward(events, record=False, bounds=bounds)[-1].counts
        coef, intercept = decoder.of_features()
        # change of the outputs by a spike in each segment, (n_segments, n_neurons, n_outputs)
        by_spike = np.einsum(
            "fs,jfk->sjk", reading.filters,
            coef.reshape(network.size, len(reading.filters), -1))
        changes = counts.swapaxes(0, 1) @ by_spike[segments]
        so_far = changes.cumsum(axis=0)[np.searchsorted(bounds, steps) - 1]
        return np.asarray(so_far.swapaxes(0, 1) + intercept)

    @classmethod
    def check_stepper(cls) -> None:
        """Check that the rule can run a network step by step.

        Raises
        ------
        ValueError
            If the rule overrides `run` or `respond`, but defines no `stepper`.
        """
        if cls.stepper is not Rule.stepper:
            return
        for name in ("run", "respond"):
            if getattr(cls, name) is not getattr(Rule, name):
                raise ValueError(
                    f"{cls.__name__} cannot stream, because it overrides `{name}` but defines no "
                    "`stepper`. Use rule='surrogate', 'tempotron' or None, or define `stepper` in "
                    "your rule.")

    def stepper(
            self, network: Network, listing: Callable[..., Any] = list_spikes,
            n_steps: int = 1) -> Any:
        """Return an object that computes `run` and `respond` step by step.

        Parameters
        ----------
        network : Network
            The learned network.
        listing : callable
            Function that lists the input of a step (see ``skspike.simulation.Stepper``).
        n_steps : int, default=1
            Number of steps of a whole train, after which the features are complete.

        Returns
        -------
        stepper : object
            Object with the methods ``step`` and ``features``, and ``kept``, the list of its arrays.

        Raises
        ------
        ValueError
            If the rule overrides `run` or `respond`, but defines no `stepper`.
        """
        self.check_stepper()
        return Stepper(network, listing, n_steps=n_steps)

    def responses(
            self, network: Network, inputs: Any, rows: Array, n_jobs: int | None = None) -> Array:
        """Return the features of some rows of the inputs of a task.

        Parameters
        ----------
        network : Network
            The learned network.
        inputs : object
            ``task.inputs``.
        rows : ndarray of shape (n_rows,)
            Indices of the samples.
        n_jobs : int or None, default=None
            Number of threads. The result does not depend on it.

        Returns
        -------
        features : ndarray of shape (n_rows, n_features), float64
            Features as `respond` returns them, computed in groups that fit the cache.
        """
        return in_groups(self.respond, network, inputs, rows, n_jobs)


def in_groups(
        compute: Callable[[Network, Events], Array], network: Network, inputs: Any, rows: Array,
        n_jobs: int | None) -> Array:
    """Return ``compute(network, events)`` for some rows, computed in groups that fit the cache.

    It is computed once for each sample, because without noise all rows of a sample are equal.
    """
    samples, first, place = np.unique(
        inputs.samples[rows], return_index=True, return_inverse=True)
    if len(samples) < len(rows):
        return in_groups(compute, network, inputs, rows[first], n_jobs)[place]
    parts = groups(network, np.arange(len(rows)), inputs.lengths_of(rows), record=False)
    found = map_threads(lambda part: compute(network, inputs.batch(rows[part])), parts, n_jobs)
    return placed(found, parts)
