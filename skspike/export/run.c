/*
 * Run exported code on samples. The compiler gets INPUT, the type of the input, and N_COLUMNS, the
 * number of columns of labels. IS_INDEX is 1 if net_predict returns the index of a class. ADAPTS is
 * 1 if there is net_adapt, which takes classes if there are any, and else values. DECIDES is 1 if
 * there is net_decided. EACH_STEP is 1 if scores and classes belong to steps. DETECTS is 1 if there
 * is net_event, whose results are decisions.
 */
#include "net.c"

static void read_results(float **scores, int **classes)
{
    (void)scores, (void)classes;
#ifdef NET_OUTPUTS
    const float *found = *scores ? net_scores() : 0;
    for (int j = 0; found && j < NET_OUTPUTS; j++) {
        *(*scores)++ = found[j];
    }
#endif
#if N_COLUMNS > 0
    if (*classes) {
#if IS_INDEX
        **classes = net_predict();
#else
        net_predict(*classes);
#endif
        *classes += N_COLUMNS;
    }
#endif
}

void run(
    const INPUT *x, int n, int n_steps, int held, uint8_t *spikes, float *scores, int *classes,
    int *decisions, const float *truth)
{
    /* a result that is not wanted is a null pointer */
    (void)spikes, (void)scores, (void)classes, (void)decisions, (void)truth;
    for (int b = 0; b < n; b++) {
        net_reset();
#if DECIDES
        int n_undecided = 0;
#endif
        for (int t = 0; t < n_steps; t++) {
            net_step(x);
            x += held ? 0 : NET_INPUTS;
#if EACH_STEP
            read_results(&scores, &classes);
#endif
#if DETECTS
            if (decisions) {
                *decisions++ = net_event();
            }
#endif
#if DECIDES
            n_undecided += net_decided() < 0;
#endif
#ifdef NET_NEURONS
            for (int h = 0; spikes && h < NET_NEURONS; h++) {
                spikes[h * n_steps + t] = net_spikes()[h];
            }
#endif
        }
        x += held ? NET_INPUTS : 0;
#ifdef NET_NEURONS
        spikes += spikes ? NET_NEURONS * n_steps : 0;
#endif
#if !EACH_STEP
        read_results(&scores, &classes);
#endif
#if DECIDES
        if (decisions) {
            *decisions++ = net_decided();
            *decisions++ = n_undecided + 1;
        }
#endif
#if ADAPTS && N_COLUMNS > 0
        if (truth) {
            net_adapt((int)*truth++);
        }
#elif ADAPTS
        if (truth) {
            net_adapt(truth);
            truth += NET_OUTPUTS;
        }
#endif
    }
}
