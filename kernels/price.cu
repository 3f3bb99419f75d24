// The cheapest placement of each job at given prices of meters: `price.py` on a GPU, operation by operation.
//
// One block of threads per job. For each of its options the threads take the allowed starts in turn, each keeps the
// cheapest placement that it met, and the block keeps the cheapest of those; ties go to the lowest option, then the
// earliest start. Nothing is written but one placement per job.
//
// Double precision and 64-bit indices throughout; to be compiled with --fmad=false, so that no product and sum are
// fused and the numbers are those of the definition. No header is needed.

typedef long long Int;

#define RUN 0
#define START 1
#define STAGE 2
#define UNLOAD 3
#define SHARE_UNITS 1048576.0
#define GRAIN_TOLERANCE 1e-6
#define THREADS 128

// The arrays of `Work` on the device, filled by price_cupy.py in the order of the fields. T slots, J jobs, O options,
// C clocks, L links, M meters.
struct Tables {
    Int slots;
    Int shift;                  // grains per slot are 2^shift
    const double *edges;        // (T+1)
    const double *hours;        // (T)
    const double *discount;     // (T)
    const Int *stage_first;     // (T+1)
    const Int *unload_end;      // (T+1)
    const double *unload_beyond;// (T+1)
    const double *clock_work;   // (C, T+1)
    const double *clock_nearly; // (C, T+1)
    const double *clock_tail_speed; // (C)
    const double *link_prefix;  // (L, T+1)
    const double *link_rate;    // (L)
    const Int *job_options;     // (J+1)
    const double *job_ready;    // (J)
    const double *job_delay;    // (J)
    const Int *option_clock;    // (O)
    const double *option_work;  // (O)
    const double *option_usd;   // (O)
    const double *option_tail;  // (O)
    const Int *option_spans;    // (O+1)
    const Int *span_first;
    const Int *span_last;
    const Int *option_uses;     // (O+1)
    const Int *use_meter;
    const double *use_amount;
    const Int *use_kind;
    const Int *use_link;
    const double *prices;       // (M, T)
    const double *sums;         // (M, T+1)
};

struct End {
    Int last;
    double part;
    double left;
};

__device__ __forceinline__ double infinity() { return __longlong_as_double(0x7ff0000000000000LL); }

// First index of sorted values[0 .. count) that is not below the target; count where there is none.
__device__ Int bisect(const double *values, Int count, double target) {
    Int low = 0, high = count;
    while (low < high) {
        Int middle = (low + high) / 2;
        if (values[middle] < target) low = middle + 1;
        else high = middle;
    }
    return low;
}

// Last slot of a run, the part of it that counts, and the work left at the horizon's end: `placements.ends`.
__device__ End end_of(const Tables &t, Int option, Int start) {
    const Int row = t.option_clock[option] * (t.slots + 1), grains = (Int)1 << t.shift;
    const double *done = t.clock_work + row;
    const double target = done[start] + t.option_work[option];
    const double over = target - done[t.slots];
    const double slack = GRAIN_TOLERANCE / grains * (t.edges[t.slots] - t.edges[t.slots - 1]);
    Int position;
    End end;
    end.left = 0.0;
    if (over > slack) {
        position = t.slots * grains;
        end.left = over;
    } else {
        Int index = bisect(t.clock_nearly + row, t.slots + 1, target);
        index = index < 1 ? 1 : index > t.slots ? t.slots : index;
        const double span = done[index] - done[index - 1];
        double inner = span > 0.0 ? (target - done[index - 1]) / span : 1.0;
        inner = inner < 1.0 ? inner : 1.0;
        position = (Int)ceil((double)((index - 1) * grains) + inner * grains - GRAIN_TOLERANCE);
    }
    const Int least = start * grains + 1;
    position = position > least ? position : least;
    end.last = (position - 1) >> t.shift;
    end.part = (double)(position - (end.last << t.shift)) / grains;
    return end;
}

// Price of one transfer: `placements.window`, `placements.share`.
__device__ double transfer(const Tables &t, Int use, Int start, const End &end, const double *sums) {
    const Int kind = t.use_kind[use], link = t.use_link[use];
    const double *prefix = t.link_prefix + link * (t.slots + 1);
    Int begin, after;
    if (kind == STAGE) {
        begin = t.stage_first[start];
        after = start;
    } else {
        begin = end.left > 0.0 ? t.slots : end.last + 1;
        after = t.unload_end[begin];
        if (begin >= t.slots) return 0.0;
    }
    double capacity = prefix[after] - prefix[begin];
    if (kind == UNLOAD) capacity = capacity + t.unload_beyond[begin] * t.link_rate[link];
    const double units = capacity > 0.0 ? ceil(SHARE_UNITS * t.use_amount[use] / capacity - 1e-6) : infinity();
    return units * (sums[after] - sums[begin]);
}

// Price of a placement: `price.placement_usd`.
__device__ double price_of(const Tables &t, Int job, Int option, Int start) {
    const End end = end_of(t, option, start);
    double usd = t.option_usd[option] * t.discount[start];
    const double delay = t.job_delay[job];
    if (delay > 0.0) {
        double hours;
        if (end.left > 0.0) {
            const double speed = t.clock_tail_speed[t.option_clock[option]];
            hours = t.edges[t.slots] + (speed > 0.0 ? end.left / speed : infinity());
        } else {
            hours = t.edges[end.last] + end.part * t.hours[end.last];
        }
        usd = usd + delay * (hours - t.job_ready[job]);
    }
    usd = usd + t.option_tail[option] * end.left;
    for (Int use = t.option_uses[option]; use < t.option_uses[option + 1]; ++use) {
        const Int kind = t.use_kind[use];
        const double amount = t.use_amount[use];
        const double *prices = t.prices + t.use_meter[use] * t.slots;
        const double *sums = t.sums + t.use_meter[use] * (t.slots + 1);
        if (kind == RUN) usd = usd + amount * (sums[end.last] - sums[start] + end.part * prices[end.last]);
        else if (kind == START) usd = usd + amount * prices[start];
        else usd = usd + transfer(t, use, start, end, sums);
    }
    return usd;
}

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
                const double here = price_of(t, job, o, s);
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
