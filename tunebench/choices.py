"""What a caller may choose from: the types, and the same as tuples for the command line and for checks."""

from typing import Literal, get_args

Tuner = Literal["random", "bayesian", "hyperband", "grid"]
# Keras' dtype policies.
Policy = Literal["float32", "mixed_bfloat16", "mixed_float16"]
Precision = Policy | Literal["auto"]
# How many images of a split; None: the deck's number.
Size = int | Literal["all"] | None

TUNERS: tuple[Tuner, ...] = get_args(Tuner)
POLICIES: tuple[Policy, ...] = get_args(Policy)
PRECISIONS: tuple[Precision, ...] = (*POLICIES, "auto")
