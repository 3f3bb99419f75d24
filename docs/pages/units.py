"""Units of numeric fields, read from the ends of their names."""

MEASURES = {
    "usd": "$",
    "accelerator_hour": "accelerator-hour",
    "accelerator_year": "accelerator-year",
    "mwh": "MWh",
    "mw": "MW",
    "kwh": "kWh",
    "kw": "kW",
    "w": "W",
    "tflops": "Tflop/s",
    "gbps": "Gbit/s",
    "tb": "TB",
    "gb": "GB",
    "kg": "kg",
    "t": "t",
    "tco2": "t CO2e",
    "carbon_g": "g CO2e",
    "l": "L",
    "km": "km",
    "m": "m",
    "mm": "mm",
    "nm": "nm",
    "m2": "m²",
    "m3": "m³",
    "deg": "degrees",
    "c": "°C",
    "k": "K",
    "db": "dB",
    "rad": "rad(Si)",
    "ms": "ms",
    "s": "s",
    "minutes": "minutes",
    "hours": "h",
    "hour": "h",
    "days": "days",
    "years": "years",
    "year": "year",
    "period": "period",
    "flight": "flight",
    "flights": "flights",
    "run": "run",
    "photons": "photons",
    "bit": "bit",
    "slots": "slots",
    "accelerator": "accelerator",
    "accelerators": "accelerators",
    "satellites": "satellites",
    "share": "share",
    "loss": "share",
    "escalation": "share",
    "efficiency": "share",
    "availability": "share",
    "utilization": "share",
    "goodput": "share",
    "reliability": "share",
    "contact": "share",
    "capacity_factor": "share",
    "discharge": "share",
}
"""Units by the end of a name: one or two words of it, the longer first."""

NAMES = {
    "ltan": "h",
    "lat": "degrees",
    "lon": "degrees",
    "energy_price": "$/MWh",
    "price": "$/MWh",
    "discount_rate": "share/year",
    "inflation": "share/year",
    "speed": "share",
    "between": "h",
    "demand": "accelerators",
    "reserved": "accelerators",
    "spares": "accelerators",
}
"""Units of names that do not say them."""

WITHOUT_UNIT = ("in", "out", "p90", "left")
"""Last words that come after the unit: `usd_per_tb_in`."""

NUMBER = "number"


def unit(name: str) -> str:
    """The unit of a field by its name; `number` where the name has none.

    >>> unit("carbon_usd_per_t"), unit("usd_per_tb_in"), unit("interruptions_per_accelerator_year"), unit("pue")
    ('$/t', '$/TB', '1/accelerator-year', 'number')
    """
    if name in NAMES:
        return NAMES[name]
    words = name.split("_")
    while words[-1] in WITHOUT_UNIT and len(words) > 1:
        words.pop()
    amount, per, base = "_".join(words).rpartition("per_")
    if not per:
        return _measure(base) or NUMBER
    below = _measure(base)
    if not below:
        return NUMBER
    return f"{_measure(amount.removesuffix('_')) or '1'}/{below}"


def _measure(name: str) -> str:
    words = name.split("_")
    longer = "_".join(words[-2:])
    return MEASURES.get(longer) or MEASURES.get(words[-1]) or ""
