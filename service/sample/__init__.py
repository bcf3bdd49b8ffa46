"""Invented data for demonstration, benchmarks and tests: the same for the same arguments. Nobody in it exists."""

from __future__ import annotations

from service.sample.class_workbook import DEMO_SCHOOL, sample_class, sample_workbooks

__all__ = ["DEMO_SCHOOL", "sample_class", "sample_workbooks"]
