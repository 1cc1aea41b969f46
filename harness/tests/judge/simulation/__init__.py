"""The statistics on known truth, where it is hard: few clusters, ceilings, two seeds, many arms, one task of seven.

    HARNESS_SIMULATIONS=1000 pytest harness/tests/judge/simulation -m release -s

prints the tables of docs/evidence.md. Without the number each row has few simulations, and is held to what so few show.
"""
