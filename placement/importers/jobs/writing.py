"""The jobs table as a Parquet or CSV file, written batch by batch beside its place and renamed into it at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from placement.errors import PlacementError
from placement.importers.jobs.judged import Rows
from placement.loader.columns import columns_of
from placement.schema import Job

if TYPE_CHECKING:
    import pyarrow as pa

ENDINGS = (".parquet", ".csv")
ROWS_AT_ONCE = 2**16
"""Rows of a group in a Parquet file."""


def table_of(rows: Rows) -> pa.Table:
    """Rows as an Arrow table with the columns of the jobs table; moments in UTC, to the microsecond."""
    import pyarrow as pa

    kinds = {
        "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_(), "text": pa.string(), "texts": pa.string(),
        "floats": pa.string(),
        "moment": pa.timestamp("us", "UTC"),
    }  # fmt: skip
    known = columns_of(Job)
    order = ["job", *(name for name in known if name in rows.columns)]
    cells: dict[str, Any] = {"job": rows.names, **rows.columns}
    arrays = []
    for name in order:
        kind = known[name].kind
        values = cells[name]
        if kind == "moment":
            micro = np.asarray(values, dtype=np.float64) * 1e6
            whole = np.where(np.isnan(micro), 0, np.round(micro)).astype(np.int64)
            arrays.append(pa.array(whole, pa.int64(), mask=np.isnan(micro)).cast(pa.timestamp("us", "UTC")))
        else:
            arrays.append(pa.array(values, kinds[kind], from_pandas=isinstance(values, np.ndarray)))
    return pa.Table.from_arrays(arrays, names=order)


class Sink:
    """Takes tables of one schema and writes them to a file beside `out`, some at once."""

    def __init__(self, out: Path):
        self.out = out
        self.part = out.with_name(f".{os.getpid()}-{out.name}.part")
        self.csv = out.suffix.lower() == ".csv"
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._rows = 0

    def add(self, table: pa.Table) -> None:
        """Write rows, now or later."""
        self._waiting.append(table)
        self._rows += table.num_rows
        if self._rows >= ROWS_AT_ONCE:
            self._flush()

    def take_place(self) -> None:
        """Write what waits, and rename the file to `out`."""
        with self._told():
            self._flush()
            self._writer.close()
            self._writer = None
            self.part.replace(self.out)

    def give_up(self) -> None:
        """Remove what was written, unless it has taken its place."""
        with suppress(Exception):
            if self._writer is not None:
                self._writer.close()
        with suppress(OSError):
            self.part.unlink()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.csv
        import pyarrow.parquet

        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting).combine_chunks()
        self._waiting, self._rows = [], 0
        with self._told():
            if self.csv:
                table = _texts_of_moments(table)
            if self._writer is None:
                new = pyarrow.csv.CSVWriter if self.csv else pyarrow.parquet.ParquetWriter
                self._writer = new(self.part, table.schema)
            self._writer.write_table(table)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error).splitlines()[0]
            raise PlacementError(f"{self.out} cannot be written: {reason}. Choose another place.") from None


@contextmanager
def sink(out: Path) -> Iterator[Sink]:
    """A sink whose file takes the place of `out` if all goes well; else all is as before.

    Raises
    ------
    PlacementError
        If it cannot be written.
    """
    made = Sink(out)
    try:
        yield made
        made.take_place()
    finally:
        made.give_up()


def _texts_of_moments(table: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            seconds = pc.floor_temporal(table.column(index), unit="second").cast(pa.timestamp("s", "UTC"))
            table = table.set_column(index, field.name, pc.strftime(seconds, "%Y-%m-%dT%H:%M:%SZ"))
    return table
