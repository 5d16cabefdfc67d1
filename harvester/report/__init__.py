"""Reads the group's report, on whatever generation of the template it was written, into answers and claims."""

from harvester.report.finding import Found, explain_missing, find_report
from harvester.report.members import compare_members, judge_members
from harvester.report.reading import read_report

__all__ = ["Found", "compare_members", "explain_missing", "find_report", "judge_members", "read_report"]
