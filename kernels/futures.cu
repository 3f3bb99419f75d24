// A plan under many futures, carried out by rule: `futures.py` on a GPU, operation by operation.
//
// One thread per future, which carries out one group after the other. What a future has lies side by side with that of
// the next one, so that threads that look at the same slots read lines together. Sums of a future are its thread's
// alone; what groups count over futures are whole numbers: no order changes anything. Begins with placements.cuh.

typedef unsigned long long Word;

#define GOLDEN 0x9E3779B97F4A7C15ULL
#define ON_TIME 1e-6
#define AHEAD 16

// What a plan does: `Groups`.
struct Groups {
    const Int *key;             // (G)
    const Int *option;
    const Int *start;
    const Int *units;
    const double *away_usd;
    const double *miss_usd;
    const double *deadline;
    const double *end;
    const Int *late;
    const Int *loss;
    const Int *other_first;     // (G+1)
    const Int *other;
};

// Equally likely factors on the work of a run: `Lengths`.
struct Lengths {
    const double *late;         // (A, Q)
    const double *loss;         // (B, Q)
};

// F futures: `Worlds`. R rows.
struct Worlds {
    const Int *number;          // (F)
    const double *clock_work;   // (F, C, T+1)
    const double *tail_speed;   // (F, C)
    const double *room;         // (F, R)
    const double *price;        // (F, M, T)
    const double *tonnes;       // (F, M, T)
};

// What became of a plan: `Carried`, but that $ lie future by future.
struct Carried {
    double *usd;                // (6, F)
    double *tonnes;             // (F)
    double *late_hours;
    Int *away;
    Int *missed;
    Int *elsewhere;
    Int *group_placed;          // (G)
    Int *group_on_time;
};

// What threads keep, future by future.
struct Space {
    double *left;               // (R, F)
    double *done;               // (C, T+1, F) work done by each edge
    double *nearly;             // (C, T+1, F) `placements.nearly_done`
    double *price;              // (M, T, F)
    double *sums;               // (M, T, F) up to each slot
    double *tonnes;             // (M, T, F)
    double *tonnes_sums;        // (M, T, F)
    Int *after;                 // (options of a group, F) slot from which each is looked through next
};

// Numbers, and `Rules`.
struct Shape {
    Int futures;
    Int groups;
    Int meters;
    Int clocks;
    Int rows;
    Int columns;                // of lengths
    Int patience;
    Int tails;
    Int seed;
};

struct All {
    Tables t;
    Limits limits;
    Groups groups;
    Lengths lengths;
    Worlds worlds;
    Carried carried;
    Space at;
    Shape shape;
};

// A run that fits: where it starts and ends, and how many fit; without units, the start from which to look on.
struct Found {
    Int start;
    Int units;
    Int last;
    double part;
    double over;
    double hours;
};

// The output function of splitmix64: `plan.mixed`.
__device__ __forceinline__ Word mixed(Word x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
}

// The first start that is allowed of an option; T without any.
__device__ __forceinline__ Int first_start(const Tables &t, Int option) {
    const Int first = t.option_spans[option];
    return t.option_spans[option + 1] > first ? t.span_first[first] : t.slots;
}

// The job of an option.
__device__ Int job_of(const Tables &t, Int jobs, Int option) {
    Int low = 0, high = jobs;
    while (low < high) {
        const Int middle = (low + high) / 2;
        if (t.job_options[middle + 1] <= option) low = middle + 1;
        else high = middle;
    }
    return low;
}

// The most units with units * each <= left, where that is less than `most`: `futures.whole`.
__device__ Int fewer(Int most, double left, double each) {
    if (most == 1) return 0;
    const Int units = (Int)(left / each);
    if ((double)(units + 1) * each <= left) return units + 1;
    return (double)units * each > left ? units - 1 : units;
}

// All that rows have, clocks and running sums of a future.
__device__ void prepare(const All &all, Int f) {
    const Int slots = all.t.slots, width = all.shape.futures;
    for (Int row = 0; row < all.shape.rows; ++row)
        all.at.left[row * width + f] = all.worlds.room[f * all.shape.rows + row];
    for (Int c = 0; c < all.shape.clocks; ++c) {
        const double *done = all.worlds.clock_work + (f * all.shape.clocks + c) * (slots + 1);
        const Int to = c * (slots + 1);
        double most = done[0];
        for (Int slot = 0; slot <= slots; ++slot) {
            if (slot > 0) {
                const double sliver = GRAIN_TOLERANCE / ((Int)1 << all.t.shift) * (done[slot] - done[slot - 1]);
                most = most > done[slot] + sliver ? most : done[slot] + sliver;
            }
            all.at.done[(to + slot) * width + f] = done[slot];
            all.at.nearly[(to + slot) * width + f] = most;
        }
    }
    for (Int m = 0; m < all.shape.meters; ++m) {
        const Int from = (f * all.shape.meters + m) * slots, to = m * slots;
        double usd = 0.0, tonnes = 0.0;
        for (Int slot = 0; slot < slots; ++slot) {
            const Int here = (to + slot) * width + f;
            const double price = all.worlds.price[from + slot], emitted = all.worlds.tonnes[from + slot];
            all.at.price[here] = price;
            all.at.sums[here] = usd;
            all.at.tonnes[here] = emitted;
            all.at.tonnes_sums[here] = tonnes;
            usd += price;
            tonnes += emitted;
        }
    }
}

// Units that fit in all of slots s <= slot < end, at most `most`; with none, `blocked` is the last that is too full.
__device__ Int fit_wholly(const All &all, Int f, Int option, Int s, Int end, Int most, Int &blocked) {
    const Int width = all.shape.futures;
    for (Int use = all.t.option_uses[option]; use < all.t.option_uses[option + 1]; ++use) {
        const double amount = all.t.use_amount[use];
        if (all.t.use_kind[use] != RUN || amount == 0.0) continue;
        for (Int slot = end - 1; slot >= s; --slot) {
            const Int cell = all.t.use_meter[use] * all.t.slots + slot;
            for (Int k = all.limits.first[cell]; k < all.limits.first[cell + 1]; ++k) {
                const double left = all.at.left[all.limits.row[k] * width + f], each = amount * all.limits.weight[k];
                if ((double)most * each > left) most = fewer(most, left, each);
                if (most <= 0) {
                    blocked = slot;
                    return 0;
                }
            }
        }
    }
    return most;
}

// Units that fit in a part of a slot whose room holds one of them whole, at most `most`.
__device__ Int fit_last(const All &all, Int f, Int option, Int last, double part, Int most) {
    const Int width = all.shape.futures;
    for (Int use = all.t.option_uses[option]; use < all.t.option_uses[option + 1]; ++use) {
        const double amount = all.t.use_amount[use];
        if (all.t.use_kind[use] != RUN || amount == 0.0) continue;
        const Int cell = all.t.use_meter[use] * all.t.slots + last;
        for (Int k = all.limits.first[cell]; k < all.limits.first[cell + 1]; ++k) {
            const Int row = all.limits.row[k];
            const double left = all.at.left[row * width + f], each = amount * all.limits.weight[k];
            if ((double)most * (each * part) > left) most = fewer(most, left, each * part);
            if (most <= 0 || (left < each && all.worlds.room[f * all.shape.rows + row] < each)) return 0;
        }
    }
    return most;
}

// Take what units use from what is left.
__device__ void take(const All &all, Int f, Int option, const Found &run) {
    const Int width = all.shape.futures;
    for (Int use = all.t.option_uses[option]; use < all.t.option_uses[option + 1]; ++use) {
        if (all.t.use_kind[use] != RUN) continue;
        const double amount = (double)run.units * all.t.use_amount[use];
        for (Int slot = run.start; slot <= run.last; ++slot) {
            const Int cell = all.t.use_meter[use] * all.t.slots + slot;
            const double share = amount * (slot == run.last ? run.part : 1.0);
            for (Int k = all.limits.first[cell]; k < all.limits.first[cell + 1]; ++k)
                all.at.left[all.limits.row[k] * width + f] -= share * all.limits.weight[k];
        }
    }
}

// The first edge behind slot s by which a run that ends inside the horizon is done, looked for from where it would be on
// a steady clock. `nearly` is that of the option's clock and the future.
__device__ Int edge_of(const All &all, const double *nearly, double whole_work, double target, double work, Int s) {
    const Int slots = all.t.slots, width = all.shape.futures;
    const double ahead = whole_work > 0.0 ? work / whole_work * slots : 0.0;
    Int index = s + 1 + (ahead < slots ? (Int)ahead : slots);
    index = index < slots ? index : slots;
    while (index < slots && nearly[index * width] < target) ++index;
    while (index > s + 1 && nearly[(index - 1) * width] >= target) --index;
    return index;
}

// The first start of an option, from s on and before `stop`, at which one unit fits, and how many do, at most `most`.
__device__ Found seek(const All &all, Int f, Int option, double factor, Int s, Int stop, Int most) {
    const Int slots = all.t.slots, width = all.shape.futures, grains = (Int)1 << all.t.shift;
    const Int clock = all.t.option_clock[option], row = clock * (slots + 1) * width + f;
    const double *done = all.at.done + row, *nearly = all.at.nearly + row;
    const double work = all.t.option_work[option] * factor, all_done = done[slots * width];
    const double slack = GRAIN_TOLERANCE / grains * all.t.hours[slots - 1];
    Found run;
    run.units = 0;
    while (s < stop) {
        const double target = done[s * width] + work, over = target - all_done;
        const double speed = all.worlds.tail_speed[f * all.shape.clocks + clock];
        const bool beyond = over > slack;
        if (beyond && (speed <= 0.0 || !all.shape.tails)) {
            s = slots;
            break;
        }
        const Int edge = beyond ? slots : edge_of(all, nearly, all_done - done[0], target, work, s);
        Int blocked = s;
        run.units = fit_wholly(all, f, option, s, edge - 1, most, blocked);
        if (run.units > 0) {
            run.over = 0.0;
            Int position = slots * grains;
            if (beyond) {
                run.over = over;
            } else if (edge == s + 1 && nearly[s * width] >= target) {  // less than a sliver of a grain
                position = s * grains + 1;
            } else {
                const double before = done[(edge - 1) * width], span = done[edge * width] - before;
                double inner = span > 0.0 ? (target - before) / span : 1.0;
                inner = inner < 1.0 ? inner : 1.0;
                position = (Int)ceil((double)((edge - 1) * grains) + inner * grains - GRAIN_TOLERANCE);
                position = position > s * grains + 1 ? position : s * grains + 1;
            }
            run.last = (position - 1) >> all.t.shift;
            run.part = (double)(position - (run.last << all.t.shift)) / grains;
            run.hours = beyond ? all.t.edges[slots] + over / speed
                               : all.t.edges[run.last] + run.part * all.t.hours[run.last];
            blocked = run.last;
            run.units = fit_last(all, f, option, run.last, run.part, run.units);
            if (run.units > 0) break;
        }
        s = blocked + 1;
    }
    run.start = s;
    return run;
}

// Sum of a run's uses at prices of meters and their running sums.
__device__ double metered(const All &all, const double *price, const double *sums, Int f, Int option, const Found &run) {
    const Int width = all.shape.futures;
    double total = 0.0;
    for (Int use = all.t.option_uses[option]; use < all.t.option_uses[option + 1]; ++use) {
        const Int row = all.t.use_meter[use] * all.t.slots;
        const Int begin = (row + run.start) * width + f, end = (row + run.last) * width + f;
        const double amount = all.t.use_amount[use];
        if (all.t.use_kind[use] == RUN) total += amount * (sums[end] - sums[begin] + run.part * price[end]);
        else total += amount * price[begin];
    }
    return total;
}

// Add what units of a run cost, emit and miss.
__device__ void book(const All &all, Int f, Int g, Int job, Int option, const Found &run) {
    const Tables &t = all.t;
    const Carried &to = all.carried;
    const Int width = all.shape.futures;
    const double units = (double)run.units;
    to.usd[f] += units * t.option_usd[option] * t.discount[run.start];
    to.usd[width + f] += units * metered(all, all.at.price, all.at.sums, f, option, run);
    if (t.job_delay[job] > 0.0) to.usd[2 * width + f] += units * t.job_delay[job] * (run.hours - t.job_ready[job]);
    if (run.over > 0.0) to.usd[3 * width + f] += units * t.option_tail[option] * run.over;
    to.tonnes[f] += units * metered(all, all.at.tonnes, all.at.tonnes_sums, f, option, run);
    const double late = run.hours - all.groups.end[g];
    to.late_hours[f] += units * (late > 0.0 ? late : 0.0);
    if (option != all.groups.option[g]) to.elsewhere[f] += run.units;
    atomicAdd((Word *)(to.group_placed + g), (Word)run.units);
    if (run.hours > all.groups.deadline[g] + ON_TIME) {
        to.missed[f] += run.units;
        to.usd[5 * width + f] += units * all.groups.miss_usd[g];
    } else {
        atomicAdd((Word *)(to.group_on_time + g), (Word)run.units);
    }
}

// Carry out a group in a future: its units go to the option that has room first, of equals the first, until none are
// left. Up to `stop` all options that are open have been looked through for that.
__device__ void carry_group(const All &all, Int jobs, Int f, Int g, Word random) {
    const Groups &groups = all.groups;
    const Int slots = all.t.slots, width = all.shape.futures, planned = groups.option[g];
    Int rest = groups.units[g];
    if (planned < 0) {
        all.carried.usd[4 * width + f] += (double)rest * groups.away_usd[g];
        return;
    }
    const Word x = mixed(random + (Word)groups.key[g] * GOLDEN), y = mixed(x + GOLDEN), mask = all.shape.columns - 1;
    const double factor = all.lengths.late[groups.late[g] * all.shape.columns + (Int)(x & mask)]
                          * all.lengths.loss[groups.loss[g] * all.shape.columns + (Int)(y & mask)];
    const Int begin = groups.start[g], head = groups.other_first[g], others = groups.other_first[g + 1] - head;
    const Int opens = begin + (all.shape.patience > 0 ? all.shape.patience : 0), first = first_start(all.t, planned);
    Int *after = all.at.after + f;
    Int options = 1, stop = others > 0 && opens < slots ? opens : slots;
    after[0] = begin > first ? begin : first;
    while (rest > 0) {
        Found best;
        Int option = -1;
        best.start = stop;
        best.units = 0;
        for (Int i = 0; i < options; ++i) {
            if (after[i * width] >= best.start) continue;
            const Int tried = i == 0 ? planned : groups.other[head + i - 1];
            const Found found = seek(all, f, tried, factor, after[i * width], best.start, rest);
            after[i * width] = found.start;
            if (found.units > 0) {
                best = found;
                option = tried;
            }
        }
        if (best.units > 0) {
            take(all, f, option, best);
            book(all, f, g, job_of(all.t, jobs, option), option, best);
            rest -= best.units;
            continue;
        }
        if (stop == slots) break;
        if (options == 1) {
            options = others + 1;
            for (Int i = 0; i < others; ++i) {
                const Int earliest = first_start(all.t, groups.other[head + i]);
                after[(i + 1) * width] = opens > earliest ? opens : earliest;
            }
        }
        stop = stop + AHEAD < slots ? stop + AHEAD : slots;
    }
    if (rest > 0) {
        all.carried.away[f] += rest;
        all.carried.usd[4 * width + f] += (double)rest * groups.away_usd[g];
    }
}

extern "C" __global__ void futures(
    const Tables *tables, const Limits *limits, const Groups *groups, const Lengths *lengths, const Worlds *worlds,
    const Carried *carried, const Space *space, const Shape *shape, const Int jobs
) {
    const All all = {*tables, *limits, *groups, *lengths, *worlds, *carried, *space, *shape};
    const Int width = (Int)gridDim.x * blockDim.x;
    for (Int f = (Int)blockIdx.x * blockDim.x + threadIdx.x; f < all.shape.futures; f += width) {
        prepare(all, f);
        const Word random = mixed((Word)all.shape.seed * GOLDEN + (Word)all.worlds.number[f]);
        for (Int g = 0; g < all.shape.groups; ++g) carry_group(all, jobs, f, g, random);
    }
}
