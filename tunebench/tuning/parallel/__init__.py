"""Many trials at once, on Ray.

The search stays where it is: in this process, which owns the oracle and the ledger. Ray's own driver is a
process of its own, the bridge, because Ray ends the process that it runs in when its head dies. Trials go
over a pipe to the bridge and from there to workers, which are Ray actors; outcomes come back the same way::

    executor  --pipe-->  bridge (pool)  --Ray-->  workers, one trial at a time each

Only the bridge and the workers import Ray, and of these only the workers import Keras.
"""
