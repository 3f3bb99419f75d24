// What all CUDA sources here begin with: the arrays of `Work` and `Limits`, ends of runs, windows and shares of
// transfers, prices of placements, and what placements use. `placements.py`, `price.placement_usd` and
// `runs_numba.add_use`, operation by operation.
//
// Double precision and 64-bit indices throughout; to be compiled with --fmad=false, so that no product and sum are
// fused and the numbers are those of the definition. No header is needed.

typedef long long Int;

#define RUN 0
#define START 1
#define STAGE 2
#define UNLOAD 3
#define WHOLE 4
#define SHARE_UNITS 1048576.0
#define GRAIN_TOLERANCE 1e-6
#define THREADS 128

// The arrays of `Work` on the device, filled by device_cupy.py in the order of the fields. T slots, J jobs, O options,
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
    const double *prices;       // (M, T); null where no prices are needed
    const double *sums;         // (M, T+1)
};

// The cells of rows by meter and slot: `Limits`.
struct Limits {
    const Int *first;           // (M T + 1)
    const Int *row;
    const double *weight;
    const Int *base;            // (M)
};

// Where a run ends: `Placements`.
struct End {
    Int last;
    double part;
    double left;
};

// What a transfer takes of its link in slots begin <= t < after.
struct Transfer {
    Int begin;
    Int after;
    double units;
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

// Window and share of a transfer: `placements.window`, `placements.share`.
__device__ Transfer transfer(const Tables &t, Int use, Int start, const End &end) {
    const Int kind = t.use_kind[use], link = t.use_link[use];
    const double *prefix = t.link_prefix + link * (t.slots + 1);
    Transfer found;
    if (kind == STAGE) {
        found.begin = t.stage_first[start];
        found.after = start;
    } else {
        found.begin = end.left > 0.0 ? t.slots : end.last + 1;
        found.after = t.unload_end[found.begin];
        if (found.begin >= t.slots) {
            found.units = 0.0;
            return found;
        }
    }
    double capacity = prefix[found.after] - prefix[found.begin];
    if (kind == UNLOAD) capacity = capacity + t.unload_beyond[found.begin] * t.link_rate[link];
    found.units = capacity > 0.0 ? ceil(SHARE_UNITS * t.use_amount[use] / capacity - 1e-6) : infinity();
    return found;
}

// Price of a placement: `price.placement_usd`.
__device__ double price_of(const Tables &t, Int job, Int option, Int start, const End &end) {
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
        else if (kind == WHOLE)
            usd = usd + amount * (sums[end.last] - sums[start] + floor(end.part) * prices[end.last]);
        else if (kind == START) usd = usd + amount * prices[start];
        else {
            const Transfer moved = transfer(t, use, start, end);
            usd = usd + moved.units * (sums[moved.after] - sums[moved.begin]);
        }
    }
    return usd;
}

// Add a number to a sum of multiples of a step, as a whole number of them: the order of additions changes nothing.
__device__ __forceinline__ void add_fixed(Int *sum, double units) {
    atomicAdd((unsigned long long *)sum, (unsigned long long)__double2ll_rn(units));
}

// Add what a placement uses, so many times, in units of a step, (M, T+1) each: `steps`, which last until taken back,
// and what counts in one slot, `once`. `scale` is 1 / step (`fixed_point.py`).
__device__ void add_use(
    const Tables &t, Int option, Int start, const End &end, double times, double scale, Int *steps, Int *once
) {
    for (Int use = t.option_uses[option]; use < t.option_uses[option + 1]; ++use) {
        const Int kind = t.use_kind[use], row = t.use_meter[use] * (t.slots + 1);
        const double amount = times * t.use_amount[use];
        if (kind == RUN || kind == WHOLE) {
            const double part = kind == RUN ? end.part : floor(end.part);
            add_fixed(steps + row + start, amount * scale);
            add_fixed(steps + row + end.last, -amount * scale);
            add_fixed(once + row + end.last, amount * part * scale);
        } else if (kind == START) {
            add_fixed(once + row + start, amount * scale);
        } else {
            const Transfer moved = transfer(t, use, start, end);
            add_fixed(steps + row + moved.begin, times * moved.units * scale);
            add_fixed(steps + row + moved.after, -times * moved.units * scale);
        }
    }
}
