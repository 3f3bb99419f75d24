"""What the plan costs: by category, by cluster, and at the four boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from placement import money
from placement.reporting.colours import colour
from placement.reporting.facts import Facts
from placement.reporting.figure import Figure
from placement.reporting.figures.axes import amounts

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

FAMILIES = {
    "chips": (money.ACCELERATORS, money.RENT, money.QUOTE),
    "power": (money.ENERGY, money.COOLING, money.CONTRACTS, money.SWITCHING),
    "building": (money.FACILITY,),
    "launch": (money.LAUNCH,),
    "operations": (money.OPERATIONS, money.NETWORK, money.TRANSFER),
    "carbon": (money.CARBON,),
    "service": money.SERVICE,
}
"""Categories that have one colour."""

MEANING = {
    "chips": "chips, rent",
    "power": "power, cooling",
    "building": "buildings, satellites",
    "launch": "launch",
    "operations": "operations, network, terms",
    "carbon": "carbon price",
    "service": "late, turned away, put off",
}
BOUNDARY = {
    "launch_and_power": "launch and power",
    "energy_cooling_launch": "with cooling",
    "all_but_accelerators": "all but chips",
    "all_in": "all in",
}

HEADS = {"category": "category", "cluster": "cluster", "usd": "present value, $"}
SERVICE = "service"
NOBODY = "(no cluster)"
MOST_CLUSTERS = 40
ROW = 22


def family_of(category: str) -> str:
    """The family of a category of cost; KeyError if it has none."""
    if category.startswith(money.TERM):
        return "operations"
    return {each: name for name, inside in FAMILIES.items() for each in inside}[category]


def figures(facts: Facts) -> Iterator[Figure]:
    """Dollars of the verifier."""
    table = _table(facts)
    if not len(table):
        return
    year = facts.scenario.money.price_year
    cash = table[table["family"] != SERVICE].reset_index(drop=True)
    if len(cash):
        yield _by_category(
            "cost", "Cash by category", f"What is paid: present value at the plan's beginning, $ of {year}.", cash
        )
        yield _by_cluster(cash, year)
    service = table[table["family"] == SERVICE].reset_index(drop=True)
    if len(service):
        text = (
            "What the scenario says that it costs to be late, to run on past the horizon (tail), to be put off or "
            f"turned away; in what is decided, in no cash. $ of {year}."
        )
        yield _by_category("service", "Waiting, turning away, running on", text, service)
    yield _boundaries(facts)


def _by_category(name: str, title: str, text: str, table: pd.DataFrame) -> Figure:
    sums = table.groupby(["category", "family"], sort=False)["usd"].sum().reset_index()
    sums = sums.sort_values("usd", ascending=False, kind="stable", ignore_index=True)
    chart = _bars("category", sums["category"].tolist(), sums)
    return Figure(name, title, text, chart, {"cost": sums}, "cost", ROW * len(sums) + 70, heads=HEADS)


def _by_cluster(cash: pd.DataFrame, year: int) -> Figure:
    total = cash.groupby("cluster", sort=False)["usd"].sum().sort_values(ascending=False, kind="stable")
    names = [str(name) for name in total.index[:MOST_CLUSTERS]]
    some = cash[cash["cluster"].isin(names)].reset_index(drop=True)
    text = f"Present value, $ of {year}."
    if NOBODY in names:
        text += f" {NOBODY}: what belongs to jobs and to vehicles."
    if len(total) > MOST_CLUSTERS:
        text += f" {len(total) - MOST_CLUSTERS} cheaper clusters are left out."
    return Figure(
        "cost-clusters", "Cash by cluster", text, _bars("cluster", names, some), {"cost": some}, "cost",
        ROW * len(names) + 110, heads=HEADS,
    )  # fmt: skip


def _table(facts: Facts) -> pd.DataFrame:
    import pandas as pd

    rows = [
        [category, family_of(category), MEANING[family_of(category)], cluster or NOBODY, usd]
        for (category, cluster), usd in facts.verified.costs.items()
        if usd
    ]
    return pd.DataFrame(rows, columns=["category", "family", "meaning", "cluster", "usd"])


def _bars(key: str, names: list[str], table: pd.DataFrame) -> alt.Chart:
    """Dollars by category or cluster, a row each in the order of `names`, in the colours of families in the table."""
    import altair as alt

    families = [name for name in FAMILIES if (table["family"] == name).any()]
    domain = families if key == "category" else [MEANING[name] for name in families]
    field = "family:N" if key == "category" else "meaning:N"
    chart: alt.Chart = (
        alt.Chart(alt.NamedData("cost"))
        .mark_bar()
        .encode(
            x=alt.X("sum(usd):Q", title="present value, $", axis=amounts(tickCount=6)),
            y=alt.Y(f"{key}:N", sort=names, title=None, axis=alt.Axis(grid=False)),
            color=alt.Color(
                field, title=None, legend=None if key == "category" else alt.Legend(),
                scale=alt.Scale(domain=domain, range=[colour(name) for name in families]),
            ),
            tooltip=[f"{key}:N", alt.Tooltip("sum(usd):Q", title="$", format=",.2f"),
                     *([] if key == "category" else ["meaning:N"])],
        )
    )  # fmt: skip
    return chart


def _boundaries(facts: Facts) -> Figure:
    """Cash inside each boundary, and a delivered hour at it."""
    import altair as alt
    import pandas as pd

    hours = facts.found.delivered
    rows = [
        [BOUNDARY[name], usd, usd / hours if hours else float("nan")] for name, usd in facts.verified.boundaries.items()
    ]
    table = pd.DataFrame(rows, columns=["boundary", "usd", "usd_per_hour"])
    chart = (
        alt.Chart(alt.NamedData("boundaries"))
        .mark_bar(color=colour("soft"))
        .encode(
            x=alt.X("usd:Q", title="cash, present value, $", axis=amounts(tickCount=6)),
            y=alt.Y("boundary:N", sort=list(BOUNDARY.values()), title=None, axis=alt.Axis(grid=False)),
            tooltip=["boundary:N", alt.Tooltip("usd:Q", title="$", format=",.2f"),
                     alt.Tooltip("usd_per_hour:Q", title="$ per delivered hour", format=",.4f")],
        )
    )  # fmt: skip
    return Figure(
        "boundaries", "Cash at four boundaries",
        "Each has what the one above it has, and more; what is late or turned away is in none of them. Published "
        "comparisons of orbit and Earth differ most by where they draw this line.",
        chart, {"boundaries": table}, "boundaries", ROW * len(table) + 70,
        heads={"boundary": "boundary", "usd": "cash, present value, $", "usd_per_hour": "$ per delivered hour"},
    )  # fmt: skip
