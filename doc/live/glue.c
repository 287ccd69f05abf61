/*
 * Functions of an exported network for WebAssembly.
 *
 * JavaScript writes the values of a step at input(), calls step(), and reads spikes and scores at
 * the addresses that encoded(), spikes() and scores() return. adapt() moves the readout towards a
 * class.
 */

#include "net.c"

#define EXPORT(name) __attribute__((export_name(name)))

static VALUE values[NET_INPUTS];

EXPORT("input") void *live_input(void)
{
    return values;
}

EXPORT("encoded") const uint8_t *live_encoded(void)
{
    return ENCODED;
}

EXPORT("spikes") const uint8_t *live_spikes(void)
{
    return net_spikes();
}

EXPORT("scores") const float *live_scores(void)
{
    return net_scores();
}

EXPORT("reset") void live_reset(void)
{
    net_reset();
}

EXPORT("step") void live_step(void)
{
    net_step(values);
}

EXPORT("predict") int live_predict(void)
{
    return net_predict();
}

#ifdef ADAPTS
EXPORT("adapt") void live_adapt(int label)
{
    net_adapt(label);
}
#endif
