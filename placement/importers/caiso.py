"""Locational marginal prices of CAISO, as its OASIS delivers them in CSV (`resultformat=6`).

Layouts (CAISO, Interface Specification for OASIS, version 5.1.8 of 2019, reports of versions 1 to 12):

    PRC_LMP         day-ahead, hours: INTERVALSTARTTIME_GMT, INTERVALENDTIME_GMT, OPR_DT, OPR_HR, OPR_INTERVAL,
                    NODE_ID_XML, NODE_ID, NODE, MARKET_RUN_ID, LMP_TYPE, XML_DATA_ITEM, PNODE_RESMRID, GRP_TYPE, POS,
                    MW, GROUP
    PRC_INTVL_LMP   real-time, 5 minutes: the same with VALUE in place of MW (version 3), or with MW (version 1)
    PRC_RTPD_LMP    fifteen-minute market: the same with PRC

`MW`, `VALUE` or `PRC` holds the price, $/MWh. Of the components (LMP, MCE, MCC, MCL, MGHG) the sum is taken, LMP. Times
are in UTC; `OPR_DT` and `OPR_HR`, which are not, are not read. A file holds one market.
"""

from collections.abc import Mapping

from placement.importers.readings import Readings, Times
from placement.importers.sheet import Layout, Sheet, wrong
from placement.loader.wording import shown

LAYOUT = Layout(
    "CAISO prices",
    needed={
        "start": (r"intervalstarttime gmt",),
        "end": (r"intervalendtime gmt",),
        "node": (r"node", r"node id", r"node id xml"),
        "type": (r"lmp type",),
        "price": (r"mw", r"value", r"prc"),
    },
    optional={"market": (r"market run id",)},
)
UNIT = "$/MWh"


def read(sheet: Sheet, readings: Readings, asked: Mapping[str, str | None]) -> None:
    """Read the rows of a table into the readings."""
    at, times = sheet.at, Times()
    start_at, end_at, node, kind, price = (at[key] for key in ("start", "end", "node", "type", "price"))
    market = at.get("market")
    for line, cells in sheet.rows:
        readings.rows += 1
        if cells[kind].strip().upper() != "LMP":
            readings.notes["rows of other components than LMP left out"] += 1
            continue
        if market is not None:
            _check_market(sheet, readings, cells[market].strip(), line)
        zone = readings.zone(cells[node].strip(), line, UNIT)
        if zone is None:
            continue
        start, end = times.utc(cells[start_at]), times.utc(cells[end_at])
        if start is None or end is None or not 0 < end - start <= 60:
            fact = f"the interval goes from {shown(cells[start_at])} to {shown(cells[end_at])}."
            raise wrong(sheet.place(line), fact, "Write times such as 2023-01-31T08:00:00-00:00, up to an hour apart.")
        value = sheet.number(cells[price], line, "the price")
        readings.add(zone, start, end - start, value, line)


def _check_market(sheet: Sheet, readings: Readings, market: str, line: int) -> None:
    """Prices of two markets are not put into one series."""
    first = readings.kinds.setdefault("market", market)
    if market != first:
        fact = f"the market is {shown(market)}, and {shown(first)} before."
        raise wrong(sheet.place(line), fact, "Import the files of each market alone.")
