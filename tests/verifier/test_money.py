"""Fixed costs by how they are charged, rent, capital recovery, discounting of transfers and quotes."""

import pytest

FREE = {"pue": 1.0, "energy_price": 0.0}
YEARLY = {"category": "accelerators", "usd": 8766.0}


def case(words, cluster, costs, **more):
    """2.5 h on 4 accelerators of a cluster whose energy costs nothing."""
    document = words.document(
        clusters=[words.earth(**FREE, **cluster)],
        jobs=[{"job": "a", "hours": 2.5, "accelerators": 4}],
        **more,
    )
    tables = {
        "placements": [words.row("run", "a", 1, 3.5, (256, 896))],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", {1: 0.004, 2: 0.004, 3: 0.002}),
        "costs": words.cost(**costs),
    }
    return document, tables


def idle(words, cluster, costs, **more):
    """The same cluster with the job turned away, at no loss."""
    document, tables = case(words, cluster, costs, **more)
    document["jobs"][0]["reject_usd"] = 0.0
    return document, {"jobs": [words.job("a", 0, 0, 1)], "costs": tables["costs"]}


@pytest.mark.parametrize(
    ("cost", "usd"),
    [
        (YEARLY | {"per": "accelerator"}, 10.0),  # $1 an hour each × 4 × 2.5 h
        (YEARLY | {"per": "cluster"}, 1.25),  # $1 an hour, an eighth for each accelerator, × 10 hours
        (YEARLY | {"per": "mw", "usd": 8766000.0}, 10.0),  # 8 kW: $8 an hour, $1 for each accelerator
        (YEARLY | {"per": "accelerator", "life_years": 4.0}, 2.5),  # a quarter of it each year
        (YEARLY | {"per": "cluster", "pool": "p"}, 1.25),
    ],
)
def test_used_accelerators_pay_for_the_hours_held(cost, usd, words, sound):
    """Fixed costs per year over 8,766 h and all accelerators, for each hour that one is held."""
    document, tables = case(words, {"charge": "used", "fixed_costs": [cost]}, {"accelerators__earth": usd})
    assert sound(document, tables).cost_usd == pytest.approx(usd, rel=1e-12)
    sound(*idle(words, {"charge": "used", "fixed_costs": [cost]}, {}))


def test_committed_clusters_pay_for_the_horizon_once_anything_runs(words, sound):
    """$1 an hour for 24 h, or nothing."""
    cluster = {"charge": "committed", "fixed_costs": [YEARLY | {"category": "network"}]}
    assert sound(*case(words, cluster, {"network__earth": 24.0})).cost_usd == pytest.approx(24.0, rel=1e-12)
    assert sound(*idle(words, cluster, {})).cost_usd == 0.0


def test_owned_clusters_pay_in_any_case(words, sound):
    """$1 an hour for 24 h, run or not; outside all_but_accelerators."""
    cluster = {"fixed_costs": [YEARLY]}
    assert sound(*case(words, cluster, {"accelerators__earth": 24.0})).cost_usd == pytest.approx(24.0)
    seen = sound(*idle(words, cluster, {"accelerators__earth": 24.0}))
    assert seen.boundaries["all_in"] == pytest.approx(24.0, rel=1e-12)
    assert seen.boundaries["all_but_accelerators"] == 0.0


def test_costs_are_split_over_pools_by_power(words, sound):
    """Used: 8 × 1 kW and 16 × 1.5 kW.

    $1 an hour goes 1/4 to p, which is 1/32 for each of 4 accelerators: × 2.5 h = $0.3125.
    """
    cluster = {
        "charge": "used",
        "pools": [words.pool(), words.pool("q", 16) | {"accelerator": "fast"}],
        "fixed_costs": [YEARLY],
    }
    assert sound(*case(words, cluster, {"accelerators__earth": 0.3125})).cost_usd == pytest.approx(0.3125, rel=1e-12)


# six of eight leave at 06:00, two come at 12:30, so from slot 13: 6 × 6/8 + 11 × 2/8 = 7.25 of 24 hours are paid
BLOCKS = [
    {"name": "old", "number": 6, "service": {"to": "2027-01-01T06:00:00Z"}},
    {"name": "new", "number": 2, "service": {"from": "2027-01-01T12:30:00Z"}},
]
LATER = [{"name": "later", "number": 0, "service": {"from": "2027-01-02T00:00:00Z"}}]


@pytest.mark.parametrize(
    ("cost", "more", "usd"),
    [
        ({"per": "cluster"}, [], 7.25),
        ({"per": "cluster", "pool": "p"}, [], 7.25),
        ({"per": "accelerator"}, [], 8 * 7.25),
        ({"per": "mw", "usd": 8766000.0}, [], 8 * 7.25),
        ({"per": "accelerator", "life_years": 4.0}, [], 2 * 7.25),
        ({"per": "cluster"}, [("q", 16, {"accelerator": "fast"})], 7.25 / 4 + 24 * 3 / 4),  # split by number × kW
        ({"per": "cluster", "pool": "q"}, [("q", 16, {"accelerator": "fast"})], 24.0),
        ({"per": "cluster", "pool": "z"}, [("z", 0, {"blocks": LATER})], 24.0),  # no number to have a share of
    ],
)
@pytest.mark.parametrize("charge", ["owned", "committed"])
@pytest.mark.parametrize("window", [{}, {"service": {"to": "2027-01-01T06:00:00Z"}}], ids=["", "window"])
def test_of_blocks_what_stands_is_paid(cost, more, usd, charge, window, words, sound):
    """Units by number, times the share of it whose own dates hold the slot; the pool's own dates change nothing."""
    pools = [words.pool(blocks=BLOCKS, **window), *(words.pool(name, number, **row) for name, number, row in more)]
    cluster = {"charge": charge, "pools": pools, "fixed_costs": [YEARLY | cost]}
    assert sound(*case(words, cluster, {"accelerators__earth": usd})).cost_usd == pytest.approx(usd, rel=1e-12)
    unused = {"accelerators__earth": usd} if charge == "owned" else {}
    assert sound(*idle(words, cluster, unused)).cost_usd == pytest.approx(sum(unused.values()), rel=1e-12)


def test_used_accelerators_of_blocks_pay_as_if_all_stood(words, sound):
    """$1 an hour for all eight, an eighth for each of four × 2.5 h, although six stand."""
    cluster = {"charge": "used", "pools": [words.pool(blocks=BLOCKS)], "fixed_costs": [YEARLY]}
    assert sound(*case(words, cluster, {"accelerators__earth": 1.25})).cost_usd == pytest.approx(1.25, rel=1e-12)


def test_capital_recovery_at_the_discount_rate(words, sound):
    """10 % over 1 year: 0.1/(1 - 1/1.1) = 1.1 a year. $8,766 a cluster is $1.1 an hour.

    In one slot of 24 h that is not discounted: $26.40.
    """
    cluster = {"fixed_costs": [YEARLY | {"life_years": 1.0}]}
    document, tables = idle(words, cluster, {"accelerators__earth": 26.40}, money={"discount_rate": 0.1})
    document["horizon"] = {"start": "2027-01-01T00:00:00Z", "slots": 1, "slot": "day"}
    assert sound(document, tables).cost_usd == pytest.approx(26.40, rel=1e-12)


def test_rent_is_paid_at_its_price_in_each_slot(words, sound):
    """$2 in slots 1 and 2, $4 from slot 3 on: 4 × (2 + 2 + 0.5 × 4) = $24."""
    cluster = {"pools": [words.pool(usd_per_accelerator_hour=[2.0] * 3 + [4.0] * 21)]}
    assert sound(*case(words, cluster, {"rent__earth": 24.0})).cost_usd == pytest.approx(24.0, rel=1e-12)


def test_cash_is_discounted_from_its_slot_and_service_terms_are_not(words, sound):
    """Days at 10 %: a quote of $100 in slot 1 is worth 100 × 1.1^(-24/8766) = $99.97391.

    The delay of 2 days at 1 $/h $48.
    """
    document = words.document(
        horizon={"start": "2027-01-01T00:00:00Z", "slots": 32, "slot": "day"},
        clusters=[words.earth(**FREE)],
        money={"discount_rate": 0.1},
        jobs=[{"job": "a", "hours": 1.0, "accelerators": 4, "delay_usd_per_hour": 1.0}],
        options=[
            {
                "job": "a",
                "option": "x",
                "cluster": "earth",
                "accelerators": 4,
                "hours": 24.0,
                "price_usd": 100.0,
            }
        ],
    )
    tables = {
        "placements": [words.row("run", "a", 24, 48, (256, 512), option="x")],
        "jobs": [words.job("a")],
        "energy": words.drawn("earth", dict.fromkeys(range(24, 48), 0.004), 24),
        "costs": words.cost(quote__earth=99.97390890, delay=48.0),
    }
    assert sound(document, tables).costs["quote", "earth"] == pytest.approx(99.9739089, rel=1e-7)


def test_small_costs_may_be_left_out_and_cents_may_differ(words, sound):
    """A cent is within the tolerance, two are not."""
    cluster = {"charge": "used", "fixed_costs": [YEARLY | {"per": "accelerator"}]}
    sound(*case(words, cluster, {"accelerators__earth": 10.0099}))
    assert words.broken(case(words, cluster, {"accelerators__earth": 10.02}), []) == {"cost"}
    tiny = {"charge": "used", "fixed_costs": [YEARLY | {"usd": 4.0, "per": "accelerator"}]}
    sound(*case(words, tiny, {}))
