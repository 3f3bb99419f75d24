// What a set of placements uses of each meter in each slot: `usage.py` on a GPU.
//
// The threads of all blocks take the placements in turn. What they use is added up in whole multiples of a step, so that
// the order in which threads run changes nothing. Begins with placements.cuh.

extern "C" __global__ void usage(
    const Tables *tables, const Int number, const Int *option, const Int *start, const double *count,
    const double scale, Int *steps, Int *once
) {
    const Tables t = *tables;
    const Int width = (Int)gridDim.x * blockDim.x;
    for (Int n = (Int)blockIdx.x * blockDim.x + threadIdx.x; n < number; n += width)
        add_use(t, option[n], start[n], end_of(t, option[n], start[n]), count[n], scale, steps, once);
}
