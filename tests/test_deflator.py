"""Price indices against the months that the Bureau of Labor Statistics prints; there and back; the years covered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.catalog import catalog
from placement.deflator import PriceYearError, deflate, price_index, price_indices

MONTHS = {
    2000: (168.8, 169.8, 171.2, 171.3, 171.5, 172.4, 172.8, 172.8, 173.7, 174.0, 174.1, 174.0),
    2008: (
        *(211.080, 211.693, 213.528, 214.823, 216.632, 218.815),
        *(219.964, 219.086, 218.783, 216.573, 212.425, 210.228),
    ),
    2012: (
        *(226.665, 227.663, 229.392, 230.085, 229.815, 229.478),
        *(229.104, 230.379, 231.407, 231.317, 230.221, 229.601),
    ),
}
"""CUUR0000SA0, not adjusted, 1982-84 = 100: Consumer Price Index, all urban consumers, by month."""

BEA_YEARLY = {2018: 2.3, 2019: 1.7, 2021: 4.6, 2022: 7.1, 2023: 3.6}
"""Growth of the price index of the domestic product over the year before, % (NIPA table 1.1.7; general knowledge)."""

INDICES = st.sampled_from(sorted(price_indices()))
YEARS = st.integers(1990, 2100)


@pytest.mark.parametrize("year", sorted(MONTHS))
def test_a_year_of_consumer_prices_is_the_mean_of_its_months(year: int) -> None:
    mean = sum(MONTHS[year]) / 12
    assert price_index("cpi-u").level(year) == pytest.approx(mean, abs=0.05 if year < 2007 else 5e-4)


@pytest.mark.parametrize("year", sorted(BEA_YEARLY))
def test_the_deflator_of_the_domestic_product_grows_as_printed(year: int) -> None:
    grown = 100 * (deflate(1.0, year - 1, year, "gdp") - 1)
    assert grown == pytest.approx(BEA_YEARLY[year], abs=0.06)


@given(INDICES, YEARS, YEARS, st.floats(-1e12, 1e12))
def test_there_and_back_is_where_it_was(index: str, one: int, other: int, usd: float) -> None:
    back = deflate(deflate(usd, one, other, index), other, one, index)
    assert back == pytest.approx(usd, rel=1e-12, abs=1e-300)
    assert deflate(usd, one, one, index) == usd


@given(INDICES, YEARS, YEARS, YEARS)
def test_by_way_of_a_third_year_is_the_same(index: str, one: int, way: int, other: int) -> None:
    direct = deflate(1.0, one, other, index)
    assert deflate(deflate(1.0, one, way, index), way, other, index) == pytest.approx(direct, rel=1e-12)


def test_after_its_last_year_an_index_grows_by_the_stated_rate() -> None:
    for index in price_indices().values():
        last = max(index.levels)
        assert deflate(1.0, last, last + 3, index.name) == pytest.approx((1 + index.growth) ** 3, rel=1e-12)


@pytest.mark.parametrize(("year", "other"), [(1989, 2026), (2026, 1989), (2101, 2026), (1989, 1989)])
def test_a_year_outside_is_an_error_that_says_which_years_there_are(year: int, other: int) -> None:
    with pytest.raises(PriceYearError, match=r"from 1990 to 2100, and the price year is (1989|2101)\. Give"):
        deflate(1.0, year, other)


def test_every_level_has_a_source_no_year_is_missing_and_ranges_hold_their_value() -> None:
    from importlib.resources import files

    from placement.tree import parse

    text = files("placement.data").joinpath("deflators.yaml").read_text(encoding="utf-8")
    for name, entry in parse(text, "deflators.yaml").value.items():
        years = [int(year) for year in entry["levels"]]
        assert years == list(range(1990, 2027)), name
        for sourced in (entry["growth_per_year"], *entry["levels"].values()):
            assert sourced["source"]
            assert sourced["grade"] in {"A", "B", "D", "BG"}
            assert (sourced["grade"] == "BG") == sourced["source"].startswith("estimate"), sourced
            assert sourced.get("low", sourced["value"]) <= sourced["value"] <= sourced.get("high", sourced["value"])


def test_every_price_year_of_the_catalogue_is_covered() -> None:
    years = {entry["price_year"] for entry in catalog().series_index.values() if "price_year" in entry}
    assert years
    for index in price_indices().values():
        assert all(index.level(year) > 0 for year in years)
