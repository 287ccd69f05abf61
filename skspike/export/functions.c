/*
 * Functions that exported code calls. A program contains only those that it needs.
 * Each is separated from the next by an empty line, and has none inside.
 */
#include <stdint.h>

/* the largest integer that is not above x */
static float sk_floor(float x)
{
    float whole;
    if (!(x > -8388608.0f && x < 8388608.0f)) {
        return x; /* has no fraction */
    }
    whole = (float)(int32_t)x;
    return whole > x ? whole - 1.0f : whole;
}

/* the number whose bits are those of an integer */
static float sk_float_of_bits(int32_t bits)
{
    union { int32_t i; float f; } number;
    number.i = bits;
    return number.f;
}

/* the bits of a number */
static int32_t sk_bits_of_float(float x)
{
    union { int32_t i; float f; } number;
    number.f = x;
    return number.i;
}

/* square root, rounded as IEEE 754 demands, bit by bit */
static float sk_sqrt(float x)
{
    union { uint32_t i; float f; } number;
    uint32_t rest, root = 0, done = 0, bit;
    int32_t power;
    number.f = x;
    if (!(x > 0.0f) || number.i >= 0x7F800000u) {
        return x < 0.0f ? (x - x) / (x - x) : x;
    }
    power = (int32_t)(number.i >> 23);
    rest = number.i & 0x007FFFFFu;
    if (power == 0) { /* subnormal */
        power = 1;
        while (!(rest & 0x00800000u)) {
            rest <<= 1;
            power--;
        }
    } else {
        rest |= 0x00800000u;
    }
    power -= 127;
    if (power & 1) {
        rest <<= 1;
        power--;
    }
    rest <<= 1;
    for (bit = 0x01000000u; bit != 0; bit >>= 1) {
        if (done + bit <= rest) {
            done += bit << 1;
            rest -= done - bit;
            root += bit;
        }
        rest <<= 1;
    }
    if (rest != 0) {
        root += root & 1;
    }
    number.i = (root >> 1) + 0x3F000000u + ((uint32_t)(power / 2) << 23);
    return number.f;
}

/* the nearest integer, the even one of two */
static int64_t sk_round(double x)
{
    int64_t whole = (int64_t)x;
    double rest = x - (double)whole;
    if (rest > 0.5 || (rest == 0.5 && (whole & 1))) {
        whole++;
    } else if (rest < -0.5 || (rest == -0.5 && (whole & 1))) {
        whole--;
    }
    return whole;
}

/* e**x for x <= 0, in double */
static double sk_exp_double(double x)
{
    union { uint64_t i; double f; } power;
    double r, term = 1.0, sum = 1.0;
    int32_t n;
    if (x < -700.0) {
        return 0.0;
    }
    n = (int32_t)(x * 1.4426950408889634 - 0.5);
    r = x - n * 0.693147180369123816490 - n * 1.90821492927058770002e-10;
    for (int k = 1; k < 15; k++) {
        term *= r / k;
        sum += term;
    }
    power.i = (uint64_t)(n + 1023) << 52;
    return sum * power.f;
}

/* square root of x > 0, by Newton's method from above */
static double sk_root(double x)
{
    double root = x > 1.0 ? x : 1.0, next = (root + x / root) / 2;
    while (next < root) {
        root = next;
        next = (root + x / root) / 2;
    }
    return root;
}

/* logarithm of x > 0, by the series of the inverse hyperbolic tangent */
static double sk_log_double(double x)
{
    union { uint64_t i; double f; } number;
    double ratio, power, sum = 0.0;
    int32_t n;
    number.f = x;
    n = (int32_t)(number.i >> 52) - 1023;
    number.i -= (uint64_t)n << 52;
    ratio = power = (number.f - 1.4142135623730951) / (number.f + 1.4142135623730951);
    for (int k = 1; k < 25; k += 2) {
        sum += power / k;
        power *= ratio * ratio;
    }
    return (n + 0.5) * 0.693147180559945309417 + 2.0 * sum;
}
