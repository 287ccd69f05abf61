"""Integer units of codings, in which sums are exact and rounding errors move no spike."""

VALUE_UNITS = 2**32  # units of the scaled range: values are compared in this resolution
SPIKE_UNITS = 2**24  # units of one spike, or of one threshold
CHANCE_UNITS = 2**16  # units of the probability of a spike
