"""Documentation of the parameters and attributes that the spiking networks share."""

from .._utils import choices, with_sections
from ..learning import RULES
from ..neurons import NEURONS
from ..readouts import READOUTS

GROUPS = """
    Parameters by group. Network: `hidden_layer_sizes`, `recurrent`, `delays`, `readout`. Neurons:
    `neuron`, `learn_intrinsic`. Input and time: `encoder`, `n_steps`, `dt`. Learning: `rule` to
    `warm_start`. Regularisation: `dropout`, `alpha`, `spike_penalty`. Computing: `n_jobs`,
    `random_state`, `verbose`."""

PARAMETERS = """
    hidden_layer_sizes : int or tuple of int, default=(64,)
        Number of neurons in each spiking layer.
    recurrent : bool or tuple of bool, default=False
        Whether each neuron of a layer also receives the spikes of all neurons of its layer, one
        step later. A tuple sets it layer by layer. Surrogate gradients learn the recurrent weights.
        Without a rule they are random. Other rules do not support recurrence.
    delays : tuple of float or None, default=None
        Axonal delays in ms, as in ``(0, 10, 20, 40)``, for rasters and series. Each channel is
        presented once per delay, with separate weights. Delays are rounded to steps, at most 2**20.
        None means no delay. Delays give the network access to past input independent of the
        neurons' memory.
    readout : {{"auto", {readouts}}} or Readout, default="auto"
        Features of the last layer's spikes that the readout uses, from `skspike.readouts`. "auto"
        takes spike counts for features (2-D). For rasters and series it counts in 1, 4 or 10 time
        windows: the number with the least leave-one-out error of a ridge regression on the
        untrained network. The Tempotron and STDP have their own readouts, and support "auto" only.
    neuron : {neurons} or Neuron, default="lif"
        Neuron model of all layers. An object from `skspike.neurons` carries parameters.
    learn_intrinsic : bool or tuple of str, default=True
        Whether the rule learns the neurons' intrinsic parameters together with the weights. A tuple
        names the parameters to learn.
    encoder : SpikeEncoder or None, default=None
        Encodes the input batch by batch, so that memory does not grow with the data and every epoch
        gets new noise. Its `n_steps` and `dt` replace the parameters of the network. If its
        `random_state` is None, it is drawn from `random_state` of the network.
    n_steps : int, default=100
        Number of steps for which constant currents (2-D input) are presented.
    dt : float, default=1.0
        Length of a step in ms, from 1e-9 to 1e9.
    rule : {rules}, None or Rule, default="surrogate"
        Learning rule. None keeps the random weights: a spiking reservoir.
    learning_rate : float or None, default=None
        Learning rate of weights and readout. None takes the default of the rule: 3e-3 for surrogate
        gradients, 0.015 for STDP. Pair-based STDP has its own step sizes.
    intrinsic_learning_rate : float, default=0.02
        Learning rate of the intrinsic parameters, in the space in which they are learned (for time
        constants, their logarithm).
    max_iter : int or None, default=None
        Maximum number of epochs. None: 30 epochs. With few rows, surrogate gradients take up to 300
        epochs, to reach about 1000 updates. ``partial_fit`` always runs one.
    batch_size : int, default=32
        Number of samples in a mini-batch.
    early_stopping : bool, default=False
        Whether to hold out `validation_fraction` of the training data, stop when the loss on it no
        longer improves, and keep the best state. STDP, the solver "descent" and ``rule=None`` do
        not support it.
    validation_fraction : float, default=0.1
        Share of the training data to hold out, at most 0.5.
    n_iter_no_change : int, default=5
        Stop after this number of epochs in which the loss (the validation loss with
        `early_stopping`) did not fall by `tol`. If `max_iter` is None, the number is at least a
        sixth of the epochs.
    tol : float, default=1e-4
        Smallest decrease of the loss that counts as an improvement.
    warm_start : bool, default=False
        Whether `fit` continues from the previous fit. Rules that minimise a loss keep the state of
        lowest loss, so the loss never ends above its value at the start.
    dropout : float, default=0.0
        Share of the input events that training leaves out, from 0 to 0.95, drawn anew in every
        epoch. The other events are scaled up. Prediction uses all events.
    alpha : float, default=0.0
        Weight decay: ``alpha / (2 * n_samples)`` times the sum of squared weights is added to the
        loss. With ``rule=None`` it is the penalty of the readout, and 0 means 1.
    spike_penalty : float, default=0.0
        Penalty added to the loss, per spike and sample, averaged over the neurons of all layers.
        Larger values give fewer spikes."""

RUNNING = """
    n_jobs : int or None, default=None
        Number of threads. None means 1, -1 means all cores. Results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial values, the order of samples, dropout, and the noise of the encoder.
    verbose : bool, default=False
        Whether to print the loss of each epoch, and the progress of long predictions every five
        seconds."""

ATTRIBUTES = """
    weights_ : list of ndarray of shape (n_inputs, n_neurons)
        Synaptic weights, one array per layer. Inputs of the first layer are all channels at the
        first of the `delays`, then at the next.
    recurrent_weights_ : list of ndarray of shape (n_neurons, n_neurons) or None
        Weights from each neuron (row) to each neuron of the same layer (column), or None for layers
        that are not recurrent.
    intrinsics_ : dict of str to list of ndarray of shape (n_neurons,)
        Intrinsic parameters in their own units, one array per layer.
    taps_ : tuple of int
        The delays in steps.
    graded_ : bool
        Whether the input is currents (True) or spikes (False), as seen in `fit` or as the encoder
        returns it.
    neuron_ : Neuron
        The neuron model in use.
    rule_ : Rule
        The learning rule in use.
    encoder_ : SpikeEncoder or None
        The fitted encoder.
    n_steps_ : int
        Number of steps in `fit`: of the raster, of the encoder, or `n_steps`.
    dt_ : float
        Length of a step in ms: of the encoder, or `dt`.
    readout_ : Readout or None
        The readout in use, or None if the rule has its own readout.
    learn_intrinsic_ : tuple of str
        Names of the intrinsic parameters that the rule could learn.
    loss_curve_ : list of float
        Mean training loss of each epoch, for rules that minimise a loss.
    validation_curve_ : list of float
        Mean validation loss after each epoch, with `early_stopping` only.
    n_iter_ : int
        Number of epochs run (1 without a rule).
    n_features_in_ : int
        Number of channels (3-D) or features (2-D).
    n_dims_in_ : int
        Number of dimensions of the input seen in `fit`: 2 or 3."""


documented = with_sections(
    groups=GROUPS,
    parameters=PARAMETERS.format(
        neurons=choices(NEURONS), rules=choices(RULES), readouts=choices(READOUTS)[1:-1]),
    running=RUNNING,
    attributes=ATTRIBUTES,
)
