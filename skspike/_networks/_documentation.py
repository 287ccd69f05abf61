"""Parameters and fitted attributes of the spiking networks, and their documentation."""

import inspect
import textwrap
from typing import Any, cast

from .._base import LARGEST, Documented, FillsMissing, choices, sections, with_sections
from ..learning import RULES
from ..neurons import NEURONS
from ..simulation import READOUTS

# The parameters by group, in docstrings and as headings of the reference.
GROUPS = {
    "Network": ("hidden_layer_sizes", "recurrent", "delays", "readout"),
    "Neurons": ("neuron", "learn_intrinsic"),
    "Input and coding": ("encoder", "standardize", "missing", "n_steps", "dt", "streaming"),
    "Learning": (
        "rule", "learning_rate", "batch_size", "alpha", "class_weight", "warm_start"),
    "Stopping": (
        "max_iter", "early_stopping", "validation_fraction", "n_iter_no_change", "tol"),
    "Computing": ("n_jobs", "random_state", "verbose")}

# parameters that are one of several values, which a fit checks before the data
OPTIONS: dict[str, tuple[Any, ...]] = {
    "standardize": ("auto", True, False, "sample"), "streaming": (True, False),
    "warm_start": (True, False)}

# of the penalty of adapted readouts
ADAPTATION_LIMITS: dict[str, Any] = {"low": 1 / LARGEST, "high": LARGEST, "none": True}


class NetworkParameters:
    """Parameters and fitted attributes of a spiking network, documented by its subclasses.

    First
    -----
    Six parameters are worth a thought. The others suit most data, or choose a value from them:

    * `hidden_layer_sizes`: 64 neurons are often enough. Take more for many classes.
    * `neuron`: the model of the neurons, such as ``"meta"`` if classes differ in rhythm.
    * `rule`: how weights are learned. None keeps them random, which is fastest.
    * `max_iter`: the number of epochs. Take 10 to try something.
    * `streaming`: True for a network that will run on a stream or as C.
    * `random_state`: a number, to get the same network each time.

    Parameters
    ----------
    hidden_layer_sizes : int, Convolution or tuple of these, default=(64,)
        Number of neurons in each spiking layer. The first layers can be a `Convolution`, as in
        ``(Convolution(16, size=5, stride=2, image_shape=(28, 28)), 64)``: then neurons at all
        positions of an image share weights.
    recurrent : bool or tuple of bool, default=False
        Whether each neuron of a layer also receives the spikes of all neurons of its layer, one
        step later. A tuple sets it layer by layer. Surrogate gradients learn the recurrent weights.
        Without a rule they are random. Other rules do not support recurrence, nor does a
        `Convolution`.
    delays : tuple of float, "auto" or None, default="auto"
        Axonal delays in ms, as in ``(0, 10, 20, 40)``, for rasters and series. Each channel is
        presented once per delay, with separate weights. Delays are rounded to steps, at most 2**20.
        None means no delay. Delays give the network access to past input independent of the
        neurons' memory. "auto" tries delays of up to 40 steps (:doc:`/guide/auto`), or takes up to
        64 steps with a target for each step. A warm start keeps its delays.
    readout : {"auto", <readouts>} or Readout, default="auto"
        Features of the last layer's spikes that the readout uses, from `skspike.simulation`. "auto"
        counts spikes, in the number of time windows that suits the data (:doc:`/guide/auto`). With
        a target for each step it is "leaky": traces of the spikes with time constants of 5, 20 and
        80 steps, unless you pass a `skspike.simulation.Leaky`. The Tempotron and STDP have their
        own readouts, and support "auto" only.
    neuron : <neurons> or Neuron, default="lif"
        Neuron model of all layers. An object from `skspike.neurons` carries parameters, whose times
        are in ms. The default times of a name are numbers of steps (see `dt`), except of
        "hodgkin_huxley" and "izhikevich". With a target for each step, the default times are in ms,
        and the membrane time constant is at least 5 steps.
    learn_intrinsic : bool or tuple of str, default=True
        Whether the rule learns the neurons' intrinsic parameters together with the weights. A tuple
        names the parameters to learn.
    encoder : SpikeEncoder or None, default=None
        Encodes the input batch by batch, so that memory does not grow with the data and every epoch
        gets new noise. `n_steps` and `dt` of the network must be None or equal to those of the
        encoder. An encoder without `n_steps` takes those of the network for tables. If its
        `random_state` is None, it is drawn from `random_state` of the network.
    standardize : bool, "sample" or "auto", default="auto"
        Whether `fit` learns the mean and standard deviation of each channel of currents (2-D or 3-D
        input that is not spikes), and the network divides the centred values by the deviation, so
        that results do not depend on units. Standardised values are clipped to [-5, 5]. Channels
        that are constant in `fit` give no current. Sparse input is divided by its root mean square
        and not centred, so zeros remain zeros. ``partial_fit`` updates mean and deviation with each
        mini-batch, and ``warm_start`` keeps the first ones. Rasters, signed spikes (3-D
        input of -1, 0 and 1) and the input of an `encoder` are not changed. Turn it off if
        currents have a meaning of their own, such as the number of spikes in a step. "sample" first
        scales each series by itself, also with an encoder: the mean of each channel becomes 0, and
        the root mean square over channels and steps 1. Use it if amplitudes differ between samples
        for reasons other than the class. Such a network cannot stream. "auto" is True, or "sample"
        for series of very different amplitudes (:doc:`/guide/auto`).
    <missing>
        A missing feature (2-D input) takes its mean. With an encoder, None takes the treatment of
        the encoder, and values are filled before it. Spike trains have no values that could be
        filled, and their missing values are refused. ``partial_fit`` keeps the means of the first
        chunk.
    n_steps : int or None, default=None
        Number of steps for which the rows of a table (2-D input) are presented, at most 16777216.
        None takes the number of the encoder. If that is None too, it is 10, 30 or 100
        (:doc:`/guide/auto`). Another number than that of the encoder is refused.
    dt : float, RasterInfo or None, default=None
        Length of a step in ms, from 1e-9 to 1e9, or the information about a raster that has it.
        None takes the length of the encoder, or 1.0 without an encoder. Another length than that of
        the encoder is refused, also of a `SpikeEncoder` before it in a pipeline. With `dt`, times
        that you give in ms become steps, and results of steps become times in ms. Defaults of
        neurons, rules and readouts that are given by name are numbers of steps: 20 ms mean 20 steps
        of any length. So `dt` alone does not change the spikes.
    streaming : bool, default=False
        Whether the network must run step by step, on streams and as exported code. Then "auto"
        chooses only what can: no series is scaled by itself, and the readout counts spikes if the
        lengths of samples differ. Before it learns, `fit` raises an error if other parameters need
        whole series, such as ``missing="interpolate"`` or the coding ``"poisson"``.
    rule : <rules>, None or Rule, default="surrogate"
        Learning rule. None keeps the random weights: a spiking reservoir. Parameters that not all
        rules have belong to the rule, as in ``rule=SurrogateGradient(dropout=0.2)``, and to a
        search as ``rule__dropout``. A rule lists in ``supports`` which of recurrence, convolutions,
        `readout`, `early_stopping` and `alpha` it supports. The others raise an error.
        `learning_rate`, `max_iter` and `learn_intrinsic` have no effect on rules that do not learn
        by them, so that a search can compare rules.
    learning_rate : float or None, default=None
        Learning rate of weights and decoder. None takes the default of the rule: 3e-3 for surrogate
        gradients, 0.015 for STDP. Pair-based STDP has its own step sizes.
    max_iter : int or None, default=None
        Maximum number of epochs, such as 10 to try something. None: from 10 to 300 by the number of
        samples (:doc:`/guide/auto`). All are run. ``partial_fit`` always runs one.
    batch_size : int, default=32
        Number of samples in a mini-batch, at least 1.
    early_stopping : bool, str or callable, default=False
        Whether to hold out `validation_fraction` of the training data, stop when the loss on it no
        longer improves, and keep the best state. With a string or a callable, a score takes the
        place of the loss, and higher is better. A string is the name of a scorer of scikit-learn,
        such as ``"accuracy"``. A callable, such as ``SNNClassifier.score``, is called as
        ``early_stopping(estimator, X, y)`` with the network as it is after the epoch. If samples
        have different weights, a callable or metric that takes ``sample_weight`` gets it. Otherwise
        it gets each sample as often as an epoch presents it. `SNNTransformer` takes callables only.
        STDP, the solver "descent" and ``rule=None`` do not support early stopping. The Tempotron
        holds out data without it too if it learns `tau_mem` from its `tau_starts`, unless a class
        has too few samples.
    validation_fraction : float, default=0.1
        Share of the training data to hold out, at most 0.5. Ignored if no data are held out (see
        `early_stopping`).
    n_iter_no_change : int, default=5
        Stop after this number of epochs, at least 1, in which the loss (with `early_stopping` the
        validation loss or score) did not improve by `tol`. If `max_iter` is None, the number is at
        least a sixth of the epochs.
    tol : float, default=1e-4
        Smallest decrease of the loss, or increase of the score, that counts as an improvement.
    warm_start : bool, default=False
        Whether `fit` continues from the previous fit. Rules that minimise a loss keep the state of
        lowest loss, so the loss never ends above its value at the start. An `encoder` is fitted
        anew, so the new data should have the range of the old, unless it has a `value_range`.
    alpha : float or "auto", default="auto"
        Weight decay, at least 0: ``alpha / (2 * n_samples)`` times the sum of squared weights is
        added to the loss. "auto" is the best penalty of a ridge regression on the untrained
        network, with factors for the kind and number of samples (:doc:`/guide/auto`). With
        ``rule=None`` it is the penalty of the decoder, and "auto" is 1.

    Running
    -------
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial values, the order of samples, dropout, and the noise of the encoder.
    verbose : bool, default=False
        Whether to print the loss of each epoch and of each trial by which "auto" parameters are
        chosen, and the progress of long predictions every five seconds.

    Attributes
    ----------
    weights_ : list of ndarray of shape (n_inputs, n_neurons)
        Synaptic weights, one array per layer. Inputs of the first layer are all channels at the
        first of the `delays`, then at the next. The weights of a `Convolution` are (size, size,
        n_channels, n_filters), and its neurons are inputs of the next layer by filter, then row,
        then column. The arrays of the layers are read-only after the first prediction. To change
        weights, assign another array, which becomes read-only too:
        ``network.weights_[0] = 2 * network.weights_[0]``.
    recurrent_weights_ : list of ndarray of shape (n_neurons, n_neurons) or None
        Weights from each neuron (row) to each neuron of the same layer (column), or None for layers
        that are not recurrent.
    biases_ : list of ndarray of shape (n_neurons,) or None
        Constant input current of each neuron in every step, one array per layer, or None without.
        A `Convolution` has one for each filter.
    intrinsics_ : dict of str to list of ndarray of shape (n_neurons,)
        Intrinsic parameters in their own units, one array per layer. A `Convolution` has one value
        for each filter.
    image_shape_ : tuple of (int, int, int) or None
        Number of channels, height and width of the input, None without a `Convolution`.
    convolutions_ : tuple of Convolution
        The first layers, empty without a `Convolution`.
    delay_steps_ : tuple of int
        The delays in steps.
    takes_currents_ : bool
        Whether the input is currents (True) or spikes (False), as seen in `fit` or as the encoder
        returns it.
    neuron_ : Neuron
        The neuron model in use.
    rule_ : Rule
        The learning rule in use.
    encoder_ : SpikeEncoder or None
        The fitted encoder.
    input_mean_, input_scale_ : ndarray of shape (n_channels,) or None
        Mean and standard deviation that standardise currents. The scale is 0 for constant channels.
        None if the input is not standardised.
    <filled>
    scales_samples_ : bool
        Whether each series is scaled by itself (see `standardize`).
    n_steps_ : int
        Number of steps in `fit`: of the raster, of the encoder, or `n_steps`. The largest, if
        lengths differ.
    dt_ : float
        Length of a step in ms: of the encoder, or `dt`.
    readout_ : Readout or None
        The readout in use, or None if the rule has its own readout.
    alpha_, dropout_ : float
        Weight decay and dropout in use, chosen on the data if "auto".
    augment_ : Augmentation or None
        The augmentation of the rule in use, chosen if "auto".
    learn_intrinsic_ : tuple of str
        Names of the intrinsic parameters that the rule could learn.
    loss_curve_ : list of float
        Mean training loss of each epoch, for rules that minimise a loss. ``partial_fit`` adds the
        loss of each chunk.
    chunk_scores_ : list of float
        Score of the network on each chunk before it learned the chunk, if the rule has a
        ``memory``: accuracy or r2. The first chunk after `fit` has one too, the first chunk of a
        new network has none.
    _rehearsal : tuple of ndarray or None
        Samples in memory, for ``partial_fit``.
    validation_curve_ : list of float
        Mean validation loss after each epoch, if data were held out and losses are compared:
        with ``early_stopping=True``, or by the Tempotron to learn `tau_mem`.
    validation_scores_ : list of float
        Validation score after each epoch, if `early_stopping` is a scorer.
    n_iter_ : int
        Number of epochs run (1 without a rule).
    n_features_in_ : int
        Number of channels (3-D) or features (2-D).
    _n_dims_in : int
        Number of dimensions of the input seen in `fit`: 2 or 3.
    _equal_length_in : bool
        Whether the samples in `fit` were one array, and not of unequal length.
    """


class MethodSections:
    """Parts of the docstrings of methods.

    Samples
    -------
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Spike raster of 0 and 1, or currents. With an encoder, any input of the encoder. Sparse
        matrices are converted to dense arrays. Samples of unequal length are a list or an
        object array of arrays (n_channels, n_steps).

    Weights
    -------
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of the samples, >= 0, in any unit: only their ratios matter. None means equal
        weights. A weight of 2 gives the same network as the sample twice, and a weight of 0
        leaves it out. An epoch presents samples of large weight several times, at most 1000
        presentations or two for each sample, and the rest of a weight multiplies the loss.

    Chunk
    -----
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        The next samples. An encoder keeps the value range of the first chunk.

    Chunk weights
    -------------
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of the samples, from 0 to 1e18, with a mean of about 1: a chunk does not show
        the mean of all weights, so its weights multiply the loss as they are.

    Input
    -----
    X : array-like of shape (n_samples, n_channels, n_steps) or (n_samples, n_features)
        Input of the same kind as in `fit`.

    Errors
    ------
    ValueError
        If a parameter is out of range, the data have a wrong shape or values that are not
        finite, or learning diverges.
    TypeError
        If a parameter or the data have a wrong type.

    Input errors
    ------------
    NotFittedError
        If the network is not fitted.
    ValueError
        If X has not the form of the training data.
    """


def with_network_parameters(network: Documented) -> Documented:
    """Fill parameters, their groups and fitted attributes into the docstrings of a network."""
    fill = with_sections(**sections(MethodSections))
    for method in vars(network).values():
        method = getattr(method, "fn", method)  # of `available_if`
        if inspect.isfunction(method):
            fill(method)
    given = inspect.signature(cast(Any, network)).parameters
    groups = " ".join(
        f"{group}: {', '.join(f'`{name}`' for name in names if name in given)}."
        for group, names in GROUPS.items())
    shared = sections(NetworkParameters)
    fill = with_sections(
        **shared, neurons=choices(NEURONS), rules=choices(RULES),
        readouts=choices(READOUTS)[1:-1], missing=sections(FillsMissing)["parameters"],
        filled=sections(FillsMissing)["attributes"],
        groups=f"{shared['first']}\n\n" + textwrap.fill(f"Parameters by group. {groups}", 96))
    return fill(network)
