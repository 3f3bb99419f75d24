"""Plans as files that schedulers, calendars and spreadsheets read."""

from placement.exporters.exporting import FORMATS, Exported, export
from placement.exporters.settings import ExportSettings

__all__ = ["FORMATS", "ExportSettings", "Exported", "export"]
