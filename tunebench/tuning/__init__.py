"""Keras Tuner made dependable: a driver asks an Oracle for trials, hands them to an executor and keeps the ledger."""
