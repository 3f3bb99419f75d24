"""Units and physical constants that more than one file needs, each with its source."""

HOURS_PER_YEAR = 8766.0  # Julian year, 365.25 d: rates per year are turned into rates per hour with it
HOURS_PER_MONTH = HOURS_PER_YEAR / 12
WATTS_PER_MW = 1e6
KG_PER_LB = 0.45359237  # exact, international avoirdupois pound

SECONDS_PER_HOUR = 3600.0
BITS_PER_BYTE = 8.0


def tb_per_hour(gbps: float) -> float:
    """Terabytes (1e12 bytes) that a link of `gbps` (1e9 bit/s) carries in an hour."""
    return gbps * 1e9 * SECONDS_PER_HOUR / BITS_PER_BYTE / 1e12
