"""A plan as people see it: figures, tables and one page that holds them all."""

from placement.reporting.figure import Figure
from placement.reporting.report import Report, report

__all__ = ["Figure", "Report", "report"]
