"""The waist: arrays between the scenario and the solvers. Above it names and units, below it numbers.

Sets: jobs j (one per segment), options o and starts s (`work`), meters μ, slots t, rows r, supply z.

    reading[μ,t] = Σ placements x[o,s] · what the placement adds in t  +  Σ flows f · amount
    row r:  lower[r] <= Σ weight[r,μ,t] · reading[μ,t]  -  given[r](z)  - over[r] + under[r]  <= upper[r]

`given` is what supply adds to a row's capacity: modules, and the load that a plant serves. `over`, `under` exist only
where a row has a penalty. All dollars are present values and inside the boundary that is decided on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.kernels.work import Floats, Ints, Work

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Limits over meters. R rows, shape (R,) each; cells are the entries of the sparse matrix (row; meter, slot)."""

    lower: Floats
    upper: Floats
    penalty: Floats
    """$ per unit outside; nan: never outside."""
    cell_row: Ints
    cell_meter: Ints
    cell_slot: Ints
    cell_weight: Floats

    def __len__(self) -> int:
        return len(self.lower)


@dataclass(frozen=True)
class Flows:
    """Divisible demand. F flows, P ways to serve them."""

    demand: Floats
    """(F, T) reference accelerators."""
    unmet_usd: Floats
    """(F, T) $ per reference accelerator-hour."""
    way_flow: Ints
    """(P,)"""
    way_rate: Floats
    """(P, T) reference accelerators per accelerator."""
    way_most: Floats
    """(P, T) most accelerators."""
    way_uses: Ints
    """(P+1,) uses of a way."""
    use_meter: Ints
    use_amount: Floats
    """Units of the meter per accelerator."""


@dataclass(frozen=True)
class Source:
    """A source of a plant; arrays of shape (K,)."""

    limit_mw: Floats
    """Without modules."""
    most_mw: Floats
    """With all modules that could stand."""
    price: Floats
    """$/MWh, undiscounted."""
    carbon_t: Floats
    """tCO2e/MWh."""
    demand_charge: float
    """$ per MW of the highest in each month."""
    peak_so_far: float
    pay_mwh: float
    """Energy paid for in each span in any case."""
    pay_span: Ints
    """(T,) span of each slot."""
    pay_usd: float
    """$ per MWh not taken."""


@dataclass(frozen=True)
class Store:
    """A battery of a plant."""

    mw: float
    """Without modules."""
    mwh: float
    most_mw: float
    """With all modules that could stand."""
    efficiency: float
    initial_mwh: float


@dataclass(frozen=True)
class Plant:
    """The power of a cluster that is more than a plain grid: one balance per tick.

    pue · load[t(τ)] + idle · on[t(τ)] + Σ charge = Σ source + Σ discharge
    """

    cluster: int
    load_rows: Ints
    """(T,) rows in which the cluster's IT power, MW, equals its load."""
    most_mw: Floats
    """(T,) most IT power."""
    pue: float
    idle_mw: float
    sources: tuple[Source, ...]
    stores: tuple[Store, ...]


@dataclass(frozen=True)
class Gate:
    """A cluster that runs only while it is open: switched on, or committed.

    `rows` hold its pools empty while it is not open, shape (G, T); opening adds `most`, same shape, what they could
    ever hold.
    """

    cluster: int
    rows: Ints
    most: Floats
    per_slot: bool
    """True: one state per slot (switchable); False: one for the horizon (committed)."""
    initially: bool
    finally_off: bool
    startup_usd: float
    shutdown_usd: float
    open_usd: float
    """Present value inside the boundary of being open at all (committed)."""
    open_cash: Floats
    """(T,) undiscounted $ in each slot if open (committed), for limits of dollars."""


@dataclass(frozen=True)
class Move:
    """A shared data set moved to a cluster once."""

    dataset: int
    cluster: int
    usd: float
    cash: float
    meter: int
    """Meter of the in-link; -1 without a link."""
    share: float
    until: int
    """Slots 0..until-1 carry it."""


@dataclass(frozen=True)
class Raise:
    """A source or battery of a plant that one module raises while it stands."""

    plant: int
    store: bool
    """Whether it is a battery."""
    index: int
    """Of the plant's sources or stores."""
    mw: Floats
    """(K,) by which it is raised in each tick."""


@dataclass(frozen=True)
class Module:
    """A kind of module, orders by period and vehicle."""

    cluster: int
    plane: int
    """Index of what its flights serve; -1 for what stays on Earth."""
    least: int
    most: int
    most_per_period: Ints
    """(Q,)"""
    mass_kg: float
    volume_m3: float
    vehicles: Ints
    """(V,) vehicles that may lift it; empty on Earth."""
    periods: Ints
    """(Q,) periods in which it can be ordered."""
    stands_from: Ints
    """(Q,) first slot in which it stands."""
    stands_until: Ints
    """(Q,) first slot in which it does not any more."""
    usd: Floats
    """(max(V, 1), Q) present value inside the boundary per module: cost + operation - salvage, flights apart."""
    cash: Floats
    """(Q,) $ in the first slot of the period, lift apart."""
    cash_of_lift: Floats
    """(max(V, 1), Q) $ in the first slot of the period for its mass, of vehicles that are paid by it."""
    cash_per_slot: Floats
    """(T,) $ of operation in each slot in which it stands, all delivered."""
    delivered: Floats
    """(max(V, 1),) share that arrives."""
    first: Ints
    """(max(V, 1) · Q + 1,) entries of each vehicle and period, vehicle by vehicle."""
    rows: Ints
    """Rows whose capacity one module raises,"""
    amount: Floats
    """and by how much; below 0 where it takes some."""
    raises: tuple[Raise, ...] = ()

    def entries(self, vehicle: int, order: int) -> tuple[Ints, Floats]:
        """Rows and amounts of one module of a vehicle and period (by index)."""
        k = vehicle * len(self.periods) + order
        return self.rows[self.first[k] : self.first[k + 1]], self.amount[self.first[k] : self.first[k + 1]]


@dataclass(frozen=True)
class Fleet:
    """Vehicles: V, and planes that they serve: N."""

    payload: Floats
    """(V, N) kg; 0 where it does not fly."""
    volume: Floats
    """(V,) m³; inf without a limit."""
    usd: Floats
    """(V, Q) present value of a flight, inside the boundary."""
    cash: Floats
    """(V, Q) $ of a flight."""
    flights: Ints
    """(V, Q) most flights per period."""
    limits: tuple[tuple[Bools, Ints], ...] = ()
    """Which flights, (V, N), are at most so many together, (Q,)."""

    def each(self, module: "Module", vehicle: int) -> float:
        """Most modules of a kind on one flight."""
        by_mass = np.floor(self.payload[vehicle, module.plane] / module.mass_kg + 1e-9)
        if module.volume_m3 == 0 or np.isinf(self.volume[vehicle]):
            return float(by_mass)
        return float(min(by_mass, np.floor(self.volume[vehicle] / module.volume_m3 + 1e-9)))


@dataclass(frozen=True)
class Tally:
    """A limit that counts what supply does: dollars, dollars of investments, or tonnes of CO2e of plants.

    `row[span[t]]` is its row in slot t; amounts are divided by `unit`.
    """

    of: str
    rows: Ints
    span: Ints
    """(T,)"""
    clusters: frozenset[int]
    flights: bool
    """Whether flights count."""
    carbon_usd_per_t: float


@dataclass(frozen=True)
class Supply:
    """Everything that is decided beside placements."""

    plants: tuple[Plant, ...] = ()
    gates: tuple[Gate, ...] = ()
    moves: tuple[Move, ...] = ()
    modules: tuple[Module, ...] = ()
    fleet: Fleet | None = None
    tallies: tuple[Tally, ...] = ()
    carbon_usd_per_t: float = 0.0
    """Inside the boundary; 0 if carbon is outside it."""
    energy_counts: float = 1.0
    """Share of an energy bill inside the boundary, by pue: see `energy_weight`."""
    cooling_counts: float = 1.0
    contracts_count: float = 1.0
    switching_counts: float = 1.0

    def energy_weight(self, pue: float) -> float:
        """Share of an energy bill that counts: 1/pue of it is energy, the rest cooling."""
        return self.energy_counts / pue + self.cooling_counts * (1 - 1 / pue)


@dataclass(frozen=True)
class After:
    """Job `later` starts no earlier than `lag` hours after every unit of job `earlier` has ended."""

    earlier: int
    later: int
    lag: float


@dataclass(frozen=True)
class Problem:
    """One scenario as arrays."""

    work: Work
    count: Ints
    """(J,) units."""
    reject_usd: Floats
    """(J,) $ per unit; inf: not allowed. Later segments follow the first: 0, or inf if the job must run."""
    defer_usd: Floats
    """(J,) $ per unit; inf: not allowed."""
    previous: Ints
    """(J,) job that is the segment before; -1 for first segments."""
    option_move: Ints
    """CSR values: moves that an option needs."""
    option_moves: Ints
    """(O+1,)"""
    meter_usd: Floats
    """(M, T) own price of a unit for a whole slot, inside the boundary."""
    rows: Rows
    alone: Ints
    """Rows that modules raise; one run, taken whole even in its last slot, may not take more than there is."""
    after: tuple[After, ...]
    flows: Flows
    supply: Supply
    tick_slot: Ints
    tick_hours: Floats
    tick_span: Floats
    representative: bool
    month: Ints
    """(T,) calendar month of each slot, those that occur numbered from 0."""
    month_count: Ints
    """How many months each of them stands for."""
    period: Ints
    """(T,)"""
    constant_usd: float
    """What no decision changes and no term above contains."""
    forced_usd: float
    """What no decision changes and terms above contain: jobs with one outcome."""
    row_blocks: tuple[tuple[str, int], ...] = ()
    """Name of each block of rows, and its first row, for people."""

    def block_of(self, row: int) -> tuple[str, int]:
        """Name of the block of a row, and its first row."""
        return max((block for block in self.row_blocks if block[1] <= row), key=lambda block: block[1])

    @property
    def only_runs(self) -> bool:
        """Whether nothing is decided beside runs: no plants, gates, data sets to move, modules or flows."""
        supply, flows = self.supply, self.flows
        beside = (supply.plants, supply.gates, supply.moves, supply.modules, flows.way_flow, flows.demand)
        return all(len(each) == 0 for each in beside)

    @property
    def meters(self) -> int:
        """M."""
        return len(self.meter_usd)
