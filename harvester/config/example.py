"""The commented course.yaml that `harvester init` writes."""

_EXAMPLE = """\
# A course for Harvester. Paths are relative to this file. Lines such as `#jobs: 8` show defaults or examples: take the
# `#` away to set them.

name: DTU 02476, January 2026

# The list of groups: CSV (comma, semicolon or tab), XLSX, or a text file with one address per line. Columns:
# group_nb, student 1, student 2, student 3, student 4, student 5, repo_url (and other usual names for these).
roster: roster.csv
# ... or the two files that DTU Learn gives: the grade export, and the zip of the assignment with the links.
#roster:
#  gradebook: grades.csv
#  assignment: a.zip

# The family of report templates; which year's a report was written on is detected.
template: dtu-02476

# The last commit on the default branch at this time is graded. Without it, the newest one.
deadline: 2026-01-23T23:59:00+01:00
#timezone: Europe/Copenhagen         # what a time without an offset means

output: out                          # records, workbooks, pages: personal data, keep it out of git
mirrors: mirrors                     # bare mirrors of the repositories
allow_protocols: [https, ssh]        # file and git only where you trust every address in the roster

# How the work is done.
#jobs: 8                             # groups at the same time
#timeout: 300                        # seconds that one git command may take
#blob_limit: 1m                      # larger files are not fetched by new mirrors: their names and sizes are enough
#max_mirror_size: 1g                 # a repository that is larger is refused
#engine: local                       # or dask, or a scheduler such as tcp://cluster.example.org:8786
#probe_links: false                  # ask each public address in a report once, at sync

# What counts.
#templates: my-templates             # folders with your own templates and checks; they go before the built-in ones
#checks: my-checks
#demote: {pep8: ask}                 # a check that you do not trust asks the group, and accuses nobody
#points:
#  item: 1                           # points of a checklist item ...
#  items: {hydra: 2}                 # ... but for these
#  question: 2                       # points of an answer ...
#  questions: {group_number: 0}      # ... but for these
#  step: 0.5                         # totals are rounded to a multiple of this

# People.
#aliases: aliases.yaml               # s000001: [ada@example.org, Ada L, ada-l]
#staff: [teacher@example.org]        # left out of contributions
#anonymous: false                    # pseudonyms instead of groups and people
#expected_problems: [4, 17]          # groups that are known to fail: they don't change the exit code

# Passages and functions that two groups share, as leads.
#likeness:
#  enabled: true
#  earlier: [../2025/out]
"""


def course_yaml_example() -> str:
    """A course.yaml with every key, the optional ones commented out."""
    return _EXAMPLE
