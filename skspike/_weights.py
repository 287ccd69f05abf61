"""Weights of samples, from those of their classes."""

from sklearn.utils.class_weight import compute_sample_weight

from ._validation import check_number, shown


def check_class_weight(class_weight, classes):
    """Raise unless weights are those of classes, and one is above 0."""
    if isinstance(class_weight, dict):
        for label, value in class_weight.items():
            check_number(value, f"class_weight[{shown(label)}]", low=0)
        known, given = set(classes.tolist()), set(class_weight)
        if not (known <= given or given <= known):  # as in scikit-learn: a fold may lack a class
            raise ValueError(f"class_weight must have labels of y, out of {classes.tolist()}, got {list(class_weight)}.")
    elif not (class_weight is None or (isinstance(class_weight, str) and class_weight == "balanced")):
        raise ValueError(f"class_weight must be 'balanced', None or a dict of label to weight, got {shown(class_weight)}.")
    if isinstance(class_weight, dict) and not any(class_weight.get(label, 1.0) for label in classes.tolist()):
        raise ValueError(f"class_weight must give a class of y a weight above 0, got {shown(class_weight)}.")


def sample_weights(class_weight, y, classes):
    """Return the weight of each sample; their mean is 1, for the sizes of steps must not depend on the unit of the weights."""
    check_class_weight(class_weight, classes)
    weight = compute_sample_weight(class_weight, y)
    weight /= weight.max()  # first: sums of large weights overflow
    return weight / weight.mean()
