"""Convolutional layers: neurons at the positions of an image, which share weights."""

from dataclasses import dataclass

from .._checks import SIZE_LIMITS, check_image, check_number


@dataclass(frozen=True)
class Convolution:
    """A layer of filters, each of which has a neuron at every position of an image.

    The neurons of a filter share their weights, their intrinsic parameters and their bias. Each
    receives a square of ``size`` times ``size`` positions of the input, with all channels of these
    positions. It is an entry of `hidden_layer_sizes` of a network.

    Parameters
    ----------
    n_filters : int
        Number of filters, at least 1. More filters detect more patterns and cost more time.
        Multiples of 16 up to 64, and multiples of 64, are fastest.
    size : int
        Height and width of a filter in positions, at least 1.
    stride : int, default=1
        Distance of neighbouring neurons in positions of the input, at least 1. With 2, the layer
        has a quarter of the neurons. Use it instead of pooling.
    padding : int, default=0
        Number of positions without input that are added on each side, less than `size`.
        ``size // 2`` with an odd size and a stride of 1 keeps the shape of the image.
    image_shape : tuple of (int, int) or (int, int, int), or None, default=None
        Shape of a sample as an image, (height, width) or (n_channels, height, width), which the
        first layer needs. None for later layers. Channel ``(c * height + y) * width + x`` of X is
        channel c of the image in row y and column x: rows of pixels for images with one channel,
        and the order of `skspike.io.from_tonic` for the polarities of an event camera. Move the
        channels of a colour image to the first axis before you flatten it. Delays and the inputs of
        an encoder are more channels of each position. Stored with the number of channels.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    SNNClassifier : Takes it in `hidden_layer_sizes`.

    Notes
    -----
    For an input of H rows, the layer has ``(H + 2 * padding - size) // stride + 1`` rows, and
    likewise columns. Its neurons are numbered by filter, then row, then column.

    References
    ----------
    .. [1] Y. LeCun et al., "Backpropagation applied to handwritten zip code recognition", Neural
        Computation 1, 1989.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skspike import Convolution, SNNClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> network = SNNClassifier(
    ...     (Convolution(8, size=3, image_shape=(8, 8)), 16), n_steps=10, max_iter=1,
    ...     random_state=0).fit(X[:200], y[:200])
    >>> network.weights_[0].shape, network.weights_[1].shape
    ((3, 3, 1, 8), (288, 16))
    """

    n_filters: int
    size: int
    stride: int = 1
    padding: int = 0
    image_shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        limits = dict.fromkeys(("n_filters", "size", "stride"), SIZE_LIMITS)
        limits["padding"] = {**SIZE_LIMITS, "low": 0}
        for name, limit in limits.items():
            number = check_number(getattr(self, name), f"{name} of Convolution", **limit)
            object.__setattr__(self, name, number)
        if self.padding >= self.size:
            raise ValueError(
                f"padding of Convolution must be less than size={self.size}, got {self.padding}, "
                "because neurons at the corners would have no input.")
        if self.image_shape is not None:
            object.__setattr__(self, "image_shape", (1, *check_image(self.image_shape))[-3:])

    def out_shape(self, height: int, width: int) -> tuple[int, int]:
        """Return the numbers of rows and columns of the layer.

        Parameters
        ----------
        height, width : int
            Rows and columns of the input.

        Returns
        -------
        height, width : int
            At most 0 if the filters are larger than the padded input.
        """
        rows, columns = (
            (length + 2 * self.padding - self.size) // self.stride + 1
            for length in (height, width))
        return rows, columns
