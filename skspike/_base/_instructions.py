"""Instructions that numba lacks: arrays on the stack, constant copies, bits of words, fma, select.

An array on the stack overlaps with no other array. So the compiler keeps it in registers, and does
not check for overlaps. Each instruction is written twice: in Python, which defines it and runs
without compilation, and as the code that it compiles to. Lengths are constants: placeholders of a
loop or literal numbers.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

LINE = 64  # bytes of a cache line and of the widest vector


def instruction(python: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Turn a function that generates code into an intrinsic, or into `python` if numba is off."""
    return lambda generated: python if numba.config.DISABLE_JIT else intrinsic(generated)


def pointer(context, builder, array, value):
    """Return a pointer to the first number of an array, in generated code."""
    return context.make_array(array)(context, builder, value).data


@instruction(lambda n, like: np.empty(n, type(like)))
def stack_array(typing, n, like):
    """Return an array of n numbers of the type of `like`, not initialised, for one call."""
    if not isinstance(n, types.IntegerLiteral):
        return None
    dtype = types.unliteral(like)
    array = types.Array(dtype, 1, "C", aligned=True)

    def generate(context, builder, signature, args):
        kind, size = context.get_data_type(dtype), n.literal_value
        # reserve memory once, at the entry of the function
        with builder.goto_entry_block():
            memory = builder.alloca(ir.ArrayType(kind, size))
            memory.align = LINE
        # wrap it as a numba array
        result = context.make_array(array)(context, builder)
        item = context.get_constant(types.intp, context.get_abi_sizeof(kind))
        shape = cgutils.pack_array(builder, [context.get_constant(types.intp, size)])
        data = builder.bitcast(memory, kind.as_pointer())
        context.populate_array(
            result, data=data, shape=shape, strides=cgutils.pack_array(builder, [item]),
            itemsize=item, meminfo=None)
        return result._getvalue()

    return array(n, like), generate


@instruction(lambda target, source, n: np.copyto(target.reshape(-1)[:n], source.reshape(-1)[:n]))
def copy(typing, target, source, n):
    """Copy n numbers between C arrays.

    The compiler would unroll a loop too early, and move arrays from registers to memory.
    """
    if not isinstance(n, types.IntegerLiteral) or target.dtype != source.dtype:
        return None

    def generate(context, builder, signature, args):
        pointers = [
            pointer(context, builder, array, value)
            for array, value in zip((target, source), args, strict=False)]
        size = context.get_abi_sizeof(context.get_data_type(target.dtype))
        count = context.get_constant(types.intp, n.literal_value)
        size = context.get_constant(types.intp, size)
        cgutils.raw_memcpy(builder, *pointers, count, size)
        return context.get_dummy_value()

    return types.void(target, source, n), generate


@instruction(lambda target, n: target.reshape(-1)[:n].fill(0))
def set_zero(typing, target, n):
    """Set n numbers of a C array to zero."""
    if not isinstance(n, types.IntegerLiteral):
        return None

    def generate(context, builder, signature, args):
        size = context.get_abi_sizeof(context.get_data_type(target.dtype)) * n.literal_value
        cgutils.memset(
            builder, pointer(context, builder, target, args[0]),
            context.get_constant(types.intp, size), 0)
        return context.get_dummy_value()

    return types.void(target, n), generate


@instruction(lambda target, offset, word: np.copyto(
    target.reshape(-1)[offset : offset + 32], int(word) >> np.arange(32) & 1, casting="unsafe"))
def unpack_bits(typing, target, offset, word):
    """Write the 32 bits of a word as bytes of 0 and 1 into a C array, from a flat offset on."""
    def generate(context, builder, signature, args):
        place = builder.gep(pointer(context, builder, target, args[0]), [args[1]])
        vector = ir.VectorType(ir.IntType(8), 32)
        flags = builder.bitcast(args[2], ir.VectorType(ir.IntType(1), 32))
        builder.store(
            builder.zext(flags, vector), builder.bitcast(place, vector.as_pointer())).align = 1
        return context.get_dummy_value()

    return types.void(target, types.uint64, types.uint32), generate


@instruction(lambda target, offset, source, starts, t: np.copyto(
    target.reshape(-1)[offset : offset + 32], np.packbits(
        [source[start + t : start + t + 32] for start in starts], axis=0, bitorder="little"
    ).T.copy().view(np.uint64)[:, 0]))
def pack_words(typing, target, offset, source, starts, t):
    """Write 32 words into a C array, from a flat offset on. Bit j of word k is a byte of 0 or 1.

    It is the byte ``starts[j] + t + k`` of the source.
    """
    def generate(context, builder, signature, args):
        vector = ir.VectorType(ir.IntType(8), 32)
        to, source, starts = (
            pointer(context, builder, signature.args[k], args[k]) for k in (0, 2, 3))

        def pack(o):
            """Return byte o of each word."""
            octets = ir.Constant(vector, [0] * 32)
            for j in reversed(range(8 * o, 8 * o + 8)):
                start = builder.load(builder.gep(starts, [context.get_constant(types.intp, j)]))
                place = builder.gep(source, [builder.add(start, args[4])])
                bits = builder.load(builder.bitcast(place, vector.as_pointer()))
                bits.align = 1
                # CPUs have no instruction that shifts bytes
                octets = builder.or_(builder.add(octets, octets), bits)
            return octets

        def interleave(even, odd):
            """Return the bytes of two sequences of vectors in turn."""
            for a, b in zip(even, odd, strict=True):
                for half in range(0, 32, 16):
                    order = [k + half + n for k in range(16) for n in (0, 32)]
                    yield builder.shuffle_vector(
                        a, b, ir.Constant(ir.VectorType(ir.IntType(32), 32), order))

        parts = [[pack(o)] for o in range(8)]
        while len(parts) > 1:  # parts that are a half of the words apart
            n = len(parts) // 2
            parts = [list(interleave(parts[k], parts[k + n])) for k in range(n)]
        place = builder.bitcast(builder.gep(to, [args[1]]), vector.as_pointer())
        for k, words in enumerate(parts[0]):
            where = builder.gep(place, [context.get_constant(types.intp, k)])
            builder.store(words, where).align = 8
        return context.get_dummy_value()

    return types.void(target, types.uint64, source, starts, types.uint64), generate


@instruction(lambda source, offset, mask: np.uint64(sum(
    1 << k for k, number in enumerate(source.reshape(-1)[offset : offset + 64]) if number & mask)))
def pack_bits(typing, source, offset, mask):
    """Return a word whose bit k is set if number offset + k of a C array has a bit of the mask."""
    def generate(context, builder, signature, args):
        number = context.get_data_type(source.dtype)
        vector = ir.VectorType(number, 64)
        # load 64 numbers
        place = builder.gep(pointer(context, builder, source, args[0]), [args[1]])
        numbers = builder.load(builder.bitcast(place, vector.as_pointer()))
        numbers.align = context.get_abi_sizeof(number)
        # compare each with the mask
        masks = ir.Constant(vector, ir.Undefined)
        for k in range(64):
            masks = builder.insert_element(masks, args[2], ir.Constant(ir.IntType(32), k))
        found = builder.icmp_unsigned(
            "!=", builder.and_(numbers, masks), ir.Constant(vector, [0] * 64))
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(source, types.uint64, source.dtype), generate


def _on_words(name, *flags):
    """Return the signature and the code of an LLVM instruction on a 64-bit word."""

    def generate(context, builder, signature, args):
        word, flag = ir.IntType(64), ir.IntType(1)
        function = builder.module.declare_intrinsic(
            name, [word], ir.FunctionType(word, [word, *[flag] * len(flags)]))
        return builder.call(function, [args[0], *(ir.Constant(flag, value) for value in flags)])

    return types.uint64(types.uint64), generate


@instruction(lambda word: np.uint64((int(word) & -int(word)).bit_length() - 1 if word else 64))
def trailing_zeros(typing, word):
    """Return the number of zeros below the lowest bit that is set, or 64."""
    return _on_words("llvm.cttz", False)


@instruction(lambda word: np.uint64(int(word).bit_count()))
def count_ones(typing, word):
    """Return the number of bits of a 64-bit word that are set."""
    return _on_words("llvm.ctpop")


@instruction(lambda word: np.uint64(int(word) & (int(word) - 1)))
def clear_lowest(typing, word):
    """Return a 64-bit word without the lowest bit that is set."""
    def generate(context, builder, signature, args):
        return builder.and_(args[0], builder.sub(args[0], ir.Constant(ir.IntType(64), 1)))

    return types.uint64(types.uint64), generate


@instruction(lambda a, b, c: a * b + c)
def multiply_add(typing, a, b, c):
    """Return ``a * b + c``. CPUs with a fused instruction (fma) round it only once."""
    def generate(context, builder, signature, args):
        number = args[0].type
        function = builder.module.declare_intrinsic(
            "llvm.fmuladd", [number], ir.FunctionType(number, [number] * 3))
        return builder.call(function, args)

    return a(a, a, a), generate


def select(condition, yes, no):
    """Return `yes` if a condition holds, else `no`.

    It compiles to one instruction. Branches take long to compile if a function has many of them.
    Unlike the instructions above, it can be called from Python too.
    """
    return yes if condition else no


@intrinsic
def _select(typing, condition, yes, no):
    """Generate the code of `select`."""
    result = typing.unify_types(yes, no)

    def generate(context, builder, signature, args):
        numbers = (
            context.cast(builder, number, kind, result)
            for number, kind in zip(args[1:], (yes, no), strict=True))
        return builder.select(args[0], *numbers)

    return result(types.boolean, yes, no), generate


@overload(select)
def _overload_select(condition, yes, no):
    """Return what compiled code calls for `select`."""
    return lambda condition, yes, no: _select(condition, yes, no)
