// Units at their cheapest placements that fit: a round of `insert.py` on a GPU, in two kernels.
//
// `propose`: one block of threads per unit; all look at the same rows. `take`: one block, which puts units where they
// proposed, in order, its threads on the slots of a run, up to the first that no longer fits. No two threads write to one
// row, so there is nothing whose order could vary. Begins with placements.cuh.

// Whether a share of what an option uses is more than rows have left in a slot: `capacity_numba.too_full`.
__device__ bool too_full(
    const Tables &t, const Limits &limits, const double *left, Int option, Int slot, double share
) {
    for (Int use = t.option_uses[option]; use < t.option_uses[option + 1]; ++use) {
        const Int meter = t.use_meter[use], here = meter * t.slots + slot;
        const double amount = t.use_amount[use] * share;
        if (limits.base[meter] >= 0) {
            if (left[limits.base[meter] + slot] < amount) return true;
        } else {
            for (Int k = limits.first[here]; k < limits.first[here + 1]; ++k)
                if (left[limits.row[k]] < amount * limits.weight[k]) return true;
        }
    }
    return false;
}

// Take what an option uses in a slot from what rows have left: `capacity.put`.
__device__ void take_slot(
    const Tables &t, const Limits &limits, double *left, Int option, Int slot, double share
) {
    for (Int use = t.option_uses[option]; use < t.option_uses[option + 1]; ++use) {
        const Int here = t.use_meter[use] * t.slots + slot;
        const double amount = t.use_amount[use] * share;
        for (Int k = limits.first[here]; k < limits.first[here + 1]; ++k)
            left[limits.row[k]] -= amount * limits.weight[k];
    }
}

// Write for each slot how many before it are too full for an option; `counts` has room for a number per thread.
__device__ void count_full(
    const Tables &t, const Limits &limits, const double *left, Int option, Int *full, Int *counts
) {
    const Int mine = (Int)threadIdx.x, width = (Int)blockDim.x;
    const Int each = (t.slots + width - 1) / width;
    const Int first = mine * each < t.slots ? mine * each : t.slots;
    const Int end = first + each < t.slots ? first + each : t.slots;
    Int many = 0;
    for (Int slot = first; slot < end; ++slot) {
        full[slot] = many;
        many += too_full(t, limits, left, option, slot, 1.0);
    }
    counts[mine] = many;
    __syncthreads();
    Int before = 0;
    for (Int other = 0; other < mine; ++other) before += counts[other];
    for (Int slot = first; slot < end; ++slot) full[slot] += before;
    __syncthreads();
}

// The cheapest placement that fits and costs less than `below`, as of `capacity.cheapest_fit`; option -1: none.
extern "C" __global__ void propose(
    const Tables *tables, const Limits *rows, const double *left, const Int first, const Int *job, const double *below,
    const Int *options, const double *low, Int *scratch, Int *best_option, Int *best_start
) {
    const Tables t = *tables;
    const Limits limits = *rows;
    __shared__ double usd[THREADS];
    __shared__ Int start[THREADS], counts[THREADS];
    const Int unit = first + (Int)blockIdx.x, j = job[unit];
    const Int mine = (Int)threadIdx.x, width = (Int)blockDim.x;
    Int *full = scratch + (Int)blockIdx.x * t.slots;
    double best = below[unit];  // the same in all threads, like the option and its start
    Int option = -1, at = -1;
    for (Int q = t.job_options[j]; q < t.job_options[j + 1]; ++q) {
        const Int o = options[q];
        if (low[o] >= best) break;
        count_full(t, limits, left, o, full, counts);
        usd[mine] = best;
        start[mine] = -1;
        for (Int k = t.option_spans[o]; k < t.option_spans[o + 1]; ++k)
            for (Int s = t.span_first[k] + mine; s <= t.span_last[k]; s += width) {
                const End end = end_of(t, o, s);
                if (full[end.last] != full[s]) continue;
                const double here = price_of(t, j, o, s, end);
                if (here < usd[mine] && !too_full(t, limits, left, o, end.last, end.part)) {
                    usd[mine] = here;
                    start[mine] = s;
                }
            }
        __syncthreads();
        for (Int half = width / 2; half > 0; half /= 2) {  // width is a power of two
            const Int other = mine + half;
            if (mine < half && start[other] >= 0
                && (start[mine] < 0 || usd[other] < usd[mine]
                    || (usd[other] == usd[mine] && start[other] < start[mine]))) {
                usd[mine] = usd[other];
                start[mine] = start[other];
            }
            __syncthreads();
        }
        if (start[0] >= 0) {
            best = usd[0];
            option = o;
            at = start[0];
        }
        __syncthreads();
    }
    if (mine == 0) {
        best_option[unit] = option;
        best_start[unit] = at;
    }
}

// Units first <= unit < end put where they proposed, up to the first that no longer fits: its number, or end, is `done`.
extern "C" __global__ void take(
    const Tables *tables, const Limits *rows, double *left, const Int first, const Int end, const Int *option,
    const Int *start, Int *done
) {
    const Tables t = *tables;
    const Limits limits = *rows;
    __shared__ Int over;
    const Int mine = (Int)threadIdx.x, width = (Int)blockDim.x;
    Int unit = first;
    if (mine == 0) over = 0;
    __syncthreads();
    for (; unit < end; ++unit) {
        const Int o = option[unit], s = start[unit];
        if (o < 0) continue;
        const End run = end_of(t, o, s);
        for (Int slot = s + mine; slot <= run.last; slot += width)
            if (too_full(t, limits, left, o, slot, slot == run.last ? run.part : 1.0)) over = 1;
        __syncthreads();
        if (over) break;
        for (Int slot = s + mine; slot <= run.last; slot += width)
            take_slot(t, limits, left, o, slot, slot == run.last ? run.part : 1.0);
        __syncthreads();  // before the next unit looks at the rows
    }
    if (mine == 0) *done = unit;
}
