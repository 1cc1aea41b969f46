"""The statistics on known truth, where it is hard: few clusters, ceilings, two seeds, many arms, one task of seven.

    pytest harness/tests/judge/simulation -m "release or not release" -s

prints the tables of docs/evidence.md; without `-m` a small part of each runs.
"""
