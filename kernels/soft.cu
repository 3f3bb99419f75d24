// Soft minima over each job's placements, and what their placements in parts use: `soft.py` on a GPU.
//
// One block of threads per job, two passes over its starts. In the first each thread keeps the lowest price that it met
// and the sum of weights relative to it; the block joins them two by two, always in the same order. In the second the
// weights are known, and what they use is added up in whole multiples of a step, so that the order in which blocks run
// changes nothing. Begins with placements.cuh.

#define NEGLIGIBLE 30.0

// Join another's lowest price and sum of weights to one's own.
__device__ void join(double &low, double &total, double low2, double total2, double heat) {
    if (low2 < low) {
        total = total2 + (low < infinity() ? total * exp((low2 - low) / heat) : 0.0);
        low = low2;
    } else if (low2 < infinity()) {
        total += total2 * exp((low - low2) / heat);
    }
}

extern "C" __global__ void soft(
    const Tables *tables, const Int first_job, const double *away, const double *temperature, const double *count,
    const double scale, double *soft_usd, double *apart, Int *steps, Int *once
) {
    const Tables t = *tables;
    __shared__ double lows[THREADS], totals[THREADS];
    const Int job = first_job + (Int)blockIdx.x;
    const Int mine = (Int)threadIdx.x, width = (Int)blockDim.x;
    const double heat = temperature[job], stay = away[job];
    double low = mine == 0 ? stay : infinity(), total = mine == 0 && stay < infinity() ? 1.0 : 0.0;
    for (Int o = t.job_options[job]; o < t.job_options[job + 1]; ++o)
        for (Int k = t.option_spans[o]; k < t.option_spans[o + 1]; ++k)
            for (Int s = t.span_first[k] + mine; s <= t.span_last[k]; s += width)
                join(low, total, price_of(t, job, o, s, end_of(t, o, s)), 1.0, heat);
    lows[mine] = low;
    totals[mine] = total;
    __syncthreads();
    for (Int half = width / 2; half > 0; half /= 2) {  // width is a power of two
        if (mine < half) join(lows[mine], totals[mine], lows[mine + half], totals[mine + half], heat);
        __syncthreads();
    }
    low = lows[0];
    total = totals[0];
    if (low == infinity()) {  // nowhere to go
        if (mine == 0) {
            soft_usd[job] = 0.0;
            apart[job] = 1.0;
        }
        return;
    }
    if (mine == 0) {
        soft_usd[job] = low - heat * log(total);
        apart[job] = stay < infinity() ? exp((low - stay) / heat) / total : 0.0;
    }
    for (Int o = t.job_options[job]; o < t.job_options[job + 1]; ++o)
        for (Int k = t.option_spans[o]; k < t.option_spans[o + 1]; ++k)
            for (Int s = t.span_first[k] + mine; s <= t.span_last[k]; s += width) {
                const End end = end_of(t, o, s);
                const double over = price_of(t, job, o, s, end) - low;
                if (over < NEGLIGIBLE * heat)
                    add_use(t, o, s, end, exp(-over / heat) / total * count[job], scale, steps, once);
            }
}
