"""Check a space before hours are spent: build, train, save and load its models, and measure them.

A search meets the same problems, but only when it draws the values that cause them. The data set's own check
is in :mod:`tunebench.datasets.checking`.
"""
