// The cheapest placement of each job at given prices of meters: `price.py` on a GPU, operation by operation.
//
// One block of threads per job. For each of its options the threads take the allowed starts in turn, each keeps the
// cheapest placement that it met, and the block keeps the cheapest of those; ties go to the lowest option, then the
// earliest start. Nothing is written but one placement per job. Begins with placements.cuh.

__device__ __forceinline__ bool before(double usd, Int option, Int start, double usd2, Int option2, Int start2) {
    if (usd != usd2) return usd < usd2;
    return option != option2 ? option < option2 : start < start2;
}

extern "C" __global__ void price(
    const Tables *tables, const Int first_job, double *best_usd, Int *best_option, Int *best_start
) {
    const Tables t = *tables;
    __shared__ double usd[THREADS];
    __shared__ Int option[THREADS], start[THREADS];
    const Int job = first_job + (Int)blockIdx.x;
    const Int mine = (Int)threadIdx.x, width = (Int)blockDim.x;
    double low = infinity();
    Int low_option = -1, low_start = -1;
    for (Int o = t.job_options[job]; o < t.job_options[job + 1]; ++o)
        for (Int k = t.option_spans[o]; k < t.option_spans[o + 1]; ++k)
            for (Int s = t.span_first[k] + mine; s <= t.span_last[k]; s += width) {
                const double here = price_of(t, job, o, s, end_of(t, o, s));
                if (here < low) {
                    low = here;
                    low_option = o;
                    low_start = s;
                }
            }
    usd[mine] = low;
    option[mine] = low_option;
    start[mine] = low_start;
    __syncthreads();
    for (Int half = width / 2; half > 0; half /= 2) {  // width is a power of two
        if (mine < half
            && before(usd[mine + half], option[mine + half], start[mine + half], usd[mine], option[mine], start[mine])) {
            usd[mine] = usd[mine + half];
            option[mine] = option[mine + half];
            start[mine] = start[mine + half];
        }
        __syncthreads();
    }
    if (mine == 0) {
        best_usd[job] = usd[0];
        best_option[job] = option[0];
        best_start[job] = start[0];
    }
}
