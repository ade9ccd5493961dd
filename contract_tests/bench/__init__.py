"""The benchmarks: Remit beside other ways of doing the same work, in one run, as ratios."""
