"""Files as grid operators and data providers write them, made from hours in UTC."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from placement.importers.market import FORMATS

CHICAGO, BRUSSELS = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Brussels")
Values = dict[str, list[float]]
"""Numbers of each zone, one after the other in time."""
Rows = list[list[str]]


def steps(first: datetime, minutes: int, count: int) -> list[datetime]:
    """Moments in UTC."""
    return [first + timedelta(minutes=minutes * k) for k in range(count)]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ercot_day_ahead(first: datetime, values: Values, *, flag: str | None = "Repeated Hour Flag") -> Rows:
    head = ["Delivery Date", "Hour Ending", *([flag] if flag else []), "Settlement Point", "Settlement Point Price"]
    rows = [head]
    for k, moment in enumerate(steps(first, 60, len(next(iter(values.values()))))):
        local = moment.astimezone(CHICAGO)
        marks = [["N", "Y"][local.fold]] if flag else []
        for point, numbers in values.items():
            rows.append([f"{local:%m/%d/%Y}", f"{local.hour + 1:02d}:00", *marks, point, repr(numbers[k])])
    return rows


def ercot_real_time(first: datetime, values: Values) -> Rows:
    kind = ["SettlementPointName", "SettlementPointType", "SettlementPointPrice"]
    rows = [["DeliveryDate", "DeliveryHour", "DeliveryInterval", *kind, "DSTFlag"]]
    for k, moment in enumerate(steps(first, 15, len(next(iter(values.values()))))):
        local = moment.astimezone(CHICAGO)
        for point, numbers in values.items():
            time = [f"{local:%m/%d/%Y}", str(local.hour + 1), str(local.minute // 15 + 1)]
            rows.append([*time, point, "HU", repr(numbers[k]), "NY"[local.fold]])
    return rows


def caiso(first: datetime, values: Values, minutes: int = 60, price: str = "MW", market: str = "DAM") -> Rows:
    rows = [
        f"INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,"
        f"LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,{price},GROUP".split(",")
    ]
    for k, moment in enumerate(steps(first, minutes, len(next(iter(values.values()))))):
        ends = [f"{moment + timedelta(minutes=m):%Y-%m-%dT%H:%M:00-00:00}" for m in (0, minutes)]
        for node, numbers in values.items():
            for kind, number in (("MCE", -1.0), ("LMP", numbers[k]), ("MCC", 0.5)):
                rows.append(
                    [*ends, "x", "1", "0", node, node, node, market, kind, "", node, "ALL", "0", repr(number), "1"]
                )
    return rows


def entsoe_old(first: datetime, values: Values, minutes: int = 60) -> Rows:
    """The layout to 2024, of one area, without marks of summer time."""
    (area, numbers), *_ = values.items()
    rows = [["MTU (CET/CEST)", "Day-ahead Price [EUR/MWh]", "Currency", area]]
    for k, moment in enumerate(steps(first, minutes, len(numbers))):
        begin, end = (m.astimezone(BRUSSELS) for m in (moment, moment + timedelta(minutes=minutes)))
        rows.append([f"{begin:%d.%m.%Y %H:%M} - {end:%d.%m.%Y %H:%M}", repr(numbers[k]), "EUR", ""])
    return rows


def entsoe_new(first: datetime, values: Values, minutes: int = 15, zone: str = "UTC") -> Rows:
    """The layout of 2025 on; in CET/CEST with marks on days of change."""
    rows = [[f"MTU ({zone})", "Area", "Sequence", "Day-ahead Price (EUR/MWh)", f"Intraday Period ({zone})", "Intraday"]]
    for k, moment in enumerate(steps(first, minutes, len(next(iter(values.values()))))):
        ends = [moment, moment + timedelta(minutes=minutes)]
        if zone != "UTC":
            ends = [end.astimezone(BRUSSELS) for end in ends]
        marked = zone != "UTC" and changes(ends[0])
        text = " - ".join(f"{end:%d/%m/%Y %H:%M:%S}" + (f" ({end.tzname()})" if marked else "") for end in ends)
        for area, numbers in values.items():
            rows.append([text, area, "Without Sequence", repr(numbers[k]), "", ""])
    return rows


def changes(local: datetime) -> bool:
    """Whether the clock changes on that day."""
    midnight = local.replace(hour=0, minute=0, fold=0)
    return midnight.utcoffset() != (midnight + timedelta(days=1)).utcoffset()


def electricity_maps(first: datetime, values: Values, minutes: int = 60, *, new: bool = True) -> Rows:
    old = (
        "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),"
        "Carbon Intensity gCO₂eq/kWh (LCA),Low Carbon Percentage,Renewable Percentage,"
        "Data Source,Data Estimated,Data Estimation Method"
    )
    names = (
        "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
        "Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),"
        "Renewable energy percentage (RE%),Data source,Data estimated,Data estimation method"
    )
    rows = [(names if new else old).split(",")]
    for k, moment in enumerate(steps(first, minutes, len(next(iter(values.values()))))):
        for zone, numbers in values.items():
            share = repr(numbers[k] + 40)
            rows.append(
                [f"{moment:%Y-%m-%d %H:%M:%S}", "X", zone, zone, repr(numbers[k]), share, "", "", "x", "false", ""]
            )
    return rows


def text_of(rows: Iterable[Sequence[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows(rows)
    return stream.getvalue()


def workbook(sheets: dict[str, Rows], *, shared: bool = True) -> bytes:
    """A workbook; cells that look like numbers are stored as such."""
    texts: list[str] = []
    names, parts = [], {}
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        lines = []
        for r, cells in enumerate(rows, start=1):
            inner = "".join(_cell(f"{_letters(c)}{r}", text, texts, shared) for c, text in enumerate(cells) if text)
            lines.append(f'<row r="{r}">{inner}</row>')
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet {_NS}><sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
        names.append((name, number))
    tags = "".join(f'<sheet name="{name}" sheetId="{k}" r:id="rId{k}"/>' for name, k in names)
    parts["xl/workbook.xml"] = f"<workbook {_NS} {_R}><sheets>{tags}</sheets></workbook>"
    links = "".join(f'<Relationship Id="rId{k}" Target="worksheets/sheet{k}.xml"/>' for _, k in names)
    parts["xl/_rels/workbook.xml.rels"] = f"<Relationships>{links}</Relationships>"
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    parts["xl/sharedStrings.xml"] = f"<sst {_NS}>{items}</sst>"
    return archive(parts)


_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def _letters(column: int) -> str:
    return chr(ord("A") + column)


def _cell(reference: str, text: str, texts: list[str], shared: bool) -> str:
    try:
        float(text)
    except ValueError:
        if not shared:
            return f'<c r="{reference}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        texts.append(text)
        return f'<c r="{reference}" t="s"><v>{len(texts) - 1}</v></c>'
    return f'<c r="{reference}"><v>{text}</v></c>'


def archive(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return stream.getvalue()


class Importing:
    """Writes files into a folder and imports them from there."""

    def __init__(self, folder: Path):
        self.folder = folder

    def lines(self, form: str, *files: str | bytes, out: str = "out.csv", **asked: str | None) -> list[str]:
        """What is told of files, called a.csv, b.csv, ..."""
        places = [self.folder / f"{chr(ord('a') + k)}.csv" for k in range(len(files))]
        for place, content in zip(places, files, strict=True):
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        return FORMATS[form].run(places, self.folder / out, asked)

    def series(
        self, form: str, *files: str | bytes, **asked: str | None
    ) -> tuple[list[str], dict[str, list[float | None]]]:
        """The times and the columns that are written."""
        self.lines(form, *files, **asked)
        with (self.folder / "out.csv").open(newline="") as stream:
            head, *rows = csv.reader(stream)
        columns = {name: [float(row[k]) if row[k] else None for row in rows] for k, name in enumerate(head) if k}
        return [row[0] for row in rows], columns


Writer = Callable[[datetime, Values], Rows]
