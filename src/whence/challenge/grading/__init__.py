"""Grades a report: read it, match it with the answers, score it, explain the score."""

from whence.challenge.grading.reading import UnreadableReport, read_report
from whence.challenge.grading.scoring import grade

__all__ = ["UnreadableReport", "grade", "read_report"]
