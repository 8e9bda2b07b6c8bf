"""Keras Tuner made dependable: a driver, its oracles, an executor, the ledger and the progress."""
