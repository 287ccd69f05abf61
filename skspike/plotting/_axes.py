"""What the displays share: matplotlib, loaded only when something is drawn, axes and legends."""


def pyplot():
    """Return matplotlib.pyplot; importing skspike must not load it."""
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ImportError(
            'skspike.plotting draws with matplotlib, which is not installed: pip install '
            '"skspike[plot]"') from error
    return plt


def get_axes(ax):
    """Return the axes to draw on: those given, or those of a new figure."""
    return pyplot().subplots(layout="constrained")[1] if ax is None else ax


def legend_beside(ax, **options):
    """Put the legend to the right of the axes, where it covers no data."""
    ax.legend(
        loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, frameon=False, **options)
