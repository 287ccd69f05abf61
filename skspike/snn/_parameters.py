"""What the parameters and attributes of the spiking networks mean: told once, for all estimators that have them."""

from .._utils import choices, with_sections
from ..learning import RULES
from ..neurons import NEURONS
from ..readouts import READOUTS

PARAMETERS = """
    hidden_layer_sizes : int or tuple of int, default=(64,)
        Number of neurons in each spiking layer.
    recurrent : bool or tuple of bool, default=False
        Whether the spikes of a layer come back to it one step later, each to all of its neurons; a tuple says it layer by layer. Learned by
        surrogate gradients, random without a rule; the other rules refuse it.
    delays : tuple of float or None, default=None
        Axonal delays in ms, rounded to steps, 2**20 at most, of rasters and series: each channel arrives once for each, with own weights,
        as in ``(0, 10, 20, 40)``. None means once, at once. Through delays a network knows what was, whatever its neurons forget.
    readout : {{"auto", {readouts}}} or Readout, default="auto"
        What of the last layer's spikes the readout sees, from `skspike.readouts`: "auto" counts them for features, which stand still; for
        rasters and series it counts in 1, 4 or 10 windows of time, by which of them a ridge regression on the untrained network errs least
        on samples left out. Rules with a readout of their own (the Tempotron, STDP) take no other.
    neuron : {neurons} or Neuron, default="lif"
        Neuron model of all layers; an object from `skspike.neurons` carries parameters.
    rule : {rules}, None or Rule, default="surrogate"
        Learning rule; None leaves the random weights as they are: a spiking reservoir.
    learn_intrinsic : bool or tuple of str, default=True
        Whether the rule learns the neurons' intrinsic parameters together with the weights; a tuple names those that it learns.
    encoder : SpikeEncoder or None, default=None
        Encodes the input batch by batch: memory stays flat, and training sees fresh noise in every epoch. Its `n_steps`
        and `dt` hold, and a `random_state` of None inside it is drawn from this estimator's.
    learning_rate : float or None, default=None
        Learning rate of weights and readout; None takes the rule's own (3e-3 for surrogate gradients, 0.015 for STDP). Pair-based STDP has
        sizes of its own.
    intrinsic_learning_rate : float, default=0.02
        Learning rate of the intrinsics, in the space in which they are learned (time constants: their logarithm).
    dropout : float, default=0.0
        Share of the input's events that training leaves out, others in every epoch, from 0 to 0.95; the rest count the more. Prediction
        leaves out none.
    alpha : float, default=0.0
        Weight decay: half of it, over the number of samples, times the sum of squared weights is added to the loss. Without a rule it is
        the penalty of the readout, and 0 means 1.
    spike_penalty : float, default=0.0
        Added to the loss for each spike of a sample that a neuron emits on average, over all layers: it pulls towards few spikes.
    max_iter : int or None, default=None
        Largest number of epochs. None takes 30, and where rows are few, for surrogate gradients, as many as make 1000 updates, 300 at
        most; partial_fit always makes one.
    batch_size : int, default=32
        Samples in a mini-batch.
    n_steps : int, default=100
        Number of steps for which 2-D input, taken as constant currents, is held.
    dt : float, default=1.0
        Length of a step in ms, from 1e-9 to 1e9.
    early_stopping : bool, default=False
        Hold out `validation_fraction` of the training data, stop when its loss no longer improves, and keep the best state. Only
        what minimises a loss in mini-batches can: STDP, the solver "descent" and no rule refuse it.
    validation_fraction : float, default=0.1
        Part of the training data that is held out, at most 0.5.
    n_iter_no_change : int, default=5
        Stop after so many epochs in which the loss (validation loss with `early_stopping`) did not fall by `tol`; without a `max_iter`
        after a sixth of the epochs, if that is more.
    tol : float, default=1e-4
        The smallest fall of the loss that counts.
    warm_start : bool, default=False
        Go on from the previous fit. Rules that minimise a loss keep the state of lowest loss, and so never end above where they start."""

RUNNING = """
    n_jobs : int or None, default=None
        Threads; None means 1, -1 all cores. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Fixes initial values, the order of samples and the noise of the encoder.
    verbose : bool, default=False
        Print the loss of each epoch, of rules that minimise one, and of long answers every five seconds how far they are."""

ATTRIBUTES = """
    weights_ : list of ndarray of shape (n_inputs, n_neurons)
        Synaptic weights, one array per layer; those of the first begin with all channels at the first of the `delays`.
    recurrent_weights_ : list of ndarray of shape (n_neurons, n_neurons), or None where a layer is not recurrent
        Weights from each neuron (row) to each of its own layer (column).
    intrinsics_ : dict of str to list of ndarray of shape (n_neurons,)
        Intrinsic parameters in their own units, one array per layer.
    taps_ : tuple of int
        The delays in steps.
    graded_ : bool
        Whether the network reads currents and not spikes, as `fit` saw them or as the encoder makes them.
    neuron_ : Neuron
        The neuron model in use.
    rule_ : Rule
        The learning rule in use.
    encoder_ : SpikeEncoder or None
        The fitted encoder.
    n_steps_ : int
        Number of steps in `fit`: the raster's, the encoder's, or `n_steps`.
    dt_ : float
        Length of a step in ms: the encoder's, or `dt`.
    readout_ : Readout or None
        What of the spikes the readout sees; None where the rule has a readout of its own.
    learn_intrinsic_ : tuple of str
        Names of the intrinsics that the rule was to learn.
    loss_curve_ : list of float
        Mean training loss of each epoch, of rules that minimise a loss.
    validation_curve_ : list of float
        Mean validation loss after each epoch; with `early_stopping` only.
    n_iter_ : int
        Number of epochs run; 1 without a rule.
    n_features_in_ : int
        Number of channels (3-D) or features (2-D).
    n_dims_in_ : int
        2 or 3, the dimensions of the input seen in `fit`."""


documented = with_sections(
    parameters=PARAMETERS.format(
        neurons=choices(NEURONS), rules=choices(RULES), readouts=choices(READOUTS)[1:-1]),
    running=RUNNING, attributes=ATTRIBUTES)
