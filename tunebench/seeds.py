"""Derive a separate seed for each use from the user's one seed."""

import hashlib

# Keras and NumPy's legacy generators accept seeds below 2**32; Keras Tuner reads 0 as "no seed".
_LARGEST = 2**31 - 2


def derive(seed: int, *uses: int | str) -> int:
    """A seed for one use, derived from the user's seed.

    Args:
        seed: The user's seed.
        uses: The purpose of the derived seed, such as ``("trial", "0007")``.

    Returns:
        An integer from 1 to 2**31 - 1; the same arguments give the same seed on every machine.
    """
    text = "\0".join([str(seed), *map(str, uses)])
    return 1 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % _LARGEST
