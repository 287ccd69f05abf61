"""Instructions for the numbers of one neuron: a tuple, or every WIDTH-th number of a panel's array.

They work for tuples of any length, and take much less time to compile than functions. Like the
instructions of `_compile`, each is written in Python and as the code that it compiles to.
"""

import operator

import numpy as np
from numba import types

from .._compile import intrinsic_for, pointer
from ._layout import WIDTH


def _places(context, builder, array, value, h, n):
    """Yield pointers to the numbers h, h + WIDTH, ... of a C array, the quantities of neuron h."""
    start = builder.gep(pointer(context, builder, array, value), [h])
    for k in range(n):
        yield builder.gep(start, [context.get_constant(types.intp, k * WIDTH)])


def _operation(typing, operation, *kinds):
    """Return a function that generates the code of an operation, and the type of its result."""
    signature = typing.resolve_function_type(operation, kinds, {})
    return (
        lambda context, builder, *args: context.get_function(operation, signature)(
            builder, [
                context.cast(builder, arg, kind, wanted)
                for arg, kind, wanted in zip(args, kinds, signature.args, strict=True)]),
        signature.return_type)


def _take(array, h, n):
    """Return the quantities of neuron h as a tuple, from a C array of n numbers of a panel."""
    return tuple(array.reshape(-1)[h:n:WIDTH])


@intrinsic_for(_take)
def take(typing, array, h, n):
    if not isinstance(n, types.IntegerLiteral):
        return None
    size = n.literal_value // WIDTH
    result = types.Tuple([array.dtype] * size)

    def generate(context, builder, signature, args):
        places = _places(context, builder, array, args[0], args[1], size)
        return context.make_tuple(builder, result, [builder.load(place) for place in places])

    return result(array, types.intp, n), generate


def _put(array, h, z):
    """Write a tuple as the quantities of neuron h of a panel."""
    array.reshape(-1)[h : len(z) * WIDTH : WIDTH] = z


@intrinsic_for(_put)
def put(typing, array, h, z):
    def generate(context, builder, signature, args):
        places = _places(context, builder, array, args[0], args[1], len(z))
        for k, (place, kind) in enumerate(zip(places, z, strict=True)):
            number = builder.extract_value(args[2], k)
            builder.store(context.cast(builder, number, kind, array.dtype), place)
        return context.get_dummy_value()

    return types.void(array, types.intp, z), generate


def _add(array, h, z):
    """Add a tuple to the quantities of neuron h of a panel."""
    array.reshape(-1)[h : len(z) * WIDTH : WIDTH] += np.array(z, array.dtype)


@intrinsic_for(_add)
def add(typing, array, h, z):
    sums = [_operation(typing, operator.add, array.dtype, kind) for kind in z]

    def generate(context, builder, signature, args):
        places = _places(context, builder, array, args[0], args[1], len(z))
        for k, (place, (plus, kind)) in enumerate(zip(places, sums, strict=True)):
            total = plus(context, builder, builder.load(place), builder.extract_value(args[2], k))
            builder.store(context.cast(builder, total, kind, array.dtype), place)
        return context.get_dummy_value()

    return types.void(array, types.intp, z), generate


def _plus(y, z):
    """Return the sum of two tuples of numbers."""
    return tuple(a + b for a, b in zip(y, z, strict=True))


@intrinsic_for(_plus)
def plus(typing, y, z):
    sums = [_operation(typing, operator.add, *kinds) for kinds in zip(y, z, strict=True)]
    result = types.Tuple([kind for _, kind in sums])

    def generate(context, builder, signature, args):
        return context.make_tuple(builder, result, [
            generate_sum(context, builder, *(builder.extract_value(arg, k) for arg in args))
            for k, (generate_sum, _) in enumerate(sums)])

    return result(y, z), generate


def _times(factor, z):
    """Return the product of a number and a tuple of numbers."""
    return tuple(factor * number for number in z)


@intrinsic_for(_times)
def times(typing, factor, z):
    products = [_operation(typing, operator.mul, factor, kind) for kind in z]
    result = types.Tuple([kind for _, kind in products])

    def generate(context, builder, signature, args):
        return context.make_tuple(builder, result, [
            product(context, builder, args[0], builder.extract_value(args[1], k))
            for k, (product, _) in enumerate(products)])

    return result(factor, z), generate
