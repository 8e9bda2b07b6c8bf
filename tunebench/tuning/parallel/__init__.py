"""Several trials at once, on Ray.

The search process keeps the oracle and the ledger. It does not import Ray: when Ray's head dies, Ray ends the
process that uses it and leaves others behind. The search starts the bridge instead, a process that is Ray's
driver, and exchanges tuples with it over a socket::

    RayExecutor (search)  --socket-->  bridge, Pool  --Ray-->  TrialWorkers, one trial at a time each

The bridge imports Ray but not Keras; the workers import both.
"""
