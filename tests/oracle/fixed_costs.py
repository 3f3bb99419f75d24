"""Fixed costs, drawn for a cluster."""

from oracle.draw import Draw, Record


def fixed_costs(draw: Draw, cluster: Record) -> None:
    """Gives a cluster fixed costs of a few kinds, of the size of what jobs are worth."""
    rows = []
    yearly = draw.number(2000, 20000)
    for _ in range(draw.whole(1, 3)):
        per = draw.pick(("cluster", "mw", "accelerator", "satellite" if "orbit" in cluster else "cluster"))
        units = {"cluster": 4.0, "mw": 0.04, "accelerator": 4.0, "satellite": 2.0}[per]
        usd = yearly * (4.0 if per == "cluster" else 4.0 / units)
        row: Record = {"category": draw.pick(("accelerators", "facility", "launch", "operations", "network"))}
        row |= {"usd": round(usd, 2), "per": per}
        if draw.chance(0.5):
            row["life_years"] = draw.number(2, 15)
            row["usd"] = round(usd * 5, 2)
            row |= _terms(draw)
        if draw.chance(0.25) and "pools" in cluster:
            pool = draw.pick(cluster["pools"])
            row["pool"] = pool.get("name", pool["accelerator"])
        rows.append(row)
    cluster["fixed_costs"] = rows


def _terms(draw: Draw) -> Record:
    """How an investment is built, insured, credited and worth at its end, now and then; and a nominal rate.

    From numbers of their own, so that what else is drawn stays as it was.
    """
    rng = draw.rng.spawn(1)[0]
    spans = {
        "construction_years": (0.2, 4.0),
        "residual_share": (0.05, 0.6),
        "insurance_share_per_year": (0.005, 0.05),
        "tax_credit_share": (0.05, 0.4),
    }
    row = {key: round(float(rng.uniform(*span)), 3) for key, span in spans.items() if rng.random() < 0.5}
    if row:
        draw.tags.add("investment_terms")
    if "money" not in draw.document and rng.random() < 0.3:
        nominal = {"real": False, "discount_rate": round(float(rng.uniform(0.08, 0.4)), 3)}
        draw.document["money"] = nominal | ({"inflation": 0.06} if rng.random() < 0.5 else {})
        draw.tags.add("nominal")
    return row
