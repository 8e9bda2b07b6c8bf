"""One seed that reaches everything, without two uses drawing the same numbers."""

import hashlib

# Keras and NumPy's legacy generators take seeds below 2**32; Keras Tuner reads 0 as "no seed".
_LARGEST = 2**31 - 2


def derive(seed: int, *uses: int | str) -> int:
    """A seed for one use, derived from the user's seed.

    Args:
        seed: The seed that the user gave.
        uses: What the derived seed is for, such as ``("trial", "0007")``.

    Returns:
        A whole number from 1 to 2**31 - 1, the same for the same arguments on every machine.
    """
    text = "\0".join([str(seed), *map(str, uses)])
    return 1 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % _LARGEST
