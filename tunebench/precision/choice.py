"""What was measured of each precision, and which one is taken for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tunebench.options import Policy

FLOAT32: Policy = "float32"
# Below this, the choice would follow the noise of the timing.
LEAST_SPEED_UP = 1.1
# Of what float32 takes off the validation loss in these few steps, twice as much as chance makes of it
# (docs/decisions/0034).
TOLERANCE = 1 / 3


@dataclass(frozen=True)
class Measured:
    """A short training under one precision.

    Attributes:
        policy: Keras' dtype policy.
        step_seconds: Median of the training steps.
        loss_before: Validation loss before the first step.
        loss_after: Validation loss after the last step; ``None`` where it was not trained so far, since it
            is not faster.
    """

    policy: Policy
    step_seconds: float
    loss_before: float
    loss_after: float | None


class Candidate(msgspec.Struct, kw_only=True, frozen=True):
    """How a precision did beside float32.

    Attributes:
        policy: Keras' dtype policy.
        speed_up: How many times as fast as float32 its training step was; above 0.
        accurate: Whether its validation loss held; ``None`` where it was too slow to be looked at.
    """

    policy: Policy
    speed_up: float
    accurate: bool | None


class Choice(msgspec.Struct, kw_only=True, frozen=True):
    """The precision that is taken.

    Attributes:
        precision: Keras' dtype policy.
        candidates: What was measured of the others.
    """

    precision: Policy
    candidates: list[Candidate]


def decide(float32: Measured, others: Sequence[Measured]) -> Choice:
    """Take the fastest precision that is at least a tenth faster than float32 and trains as well.

    It trains as well where it takes at least two thirds off the validation loss of what float32 takes off.
    Where float32 takes nothing off, nobody can tell, and float32 is taken.

    Args:
        float32: With ``loss_after``.
        others: The candidates.

    Returns:
        The choice.
    """
    candidates = [
        Candidate(
            policy=other.policy,
            speed_up=float32.step_seconds / other.step_seconds,
            accurate=_is_accurate(float32, other),
        )
        for other in others
    ]
    taken = [each for each in candidates if each.accurate and each.speed_up >= LEAST_SPEED_UP]
    best = max(taken, key=lambda each: each.speed_up, default=None)
    return Choice(precision=FLOAT32 if best is None else best.policy, candidates=candidates)


def in_words(choice: Choice) -> str:
    """The choice and its reason, without a full stop."""
    if choice.precision != FLOAT32:
        (taken,) = [each for each in choice.candidates if each.policy == choice.precision]
        return f"{choice.precision}, {taken.speed_up:.1f} × as fast as float32 per step"
    reasons = [f"{each.policy} {_why_not(each)}" for each in choice.candidates]
    return ", ".join([FLOAT32, *reasons]) if reasons else f"{FLOAT32}, the model cannot be trained in another"


def _is_accurate(float32: Measured, other: Measured) -> bool | None:
    if float32.loss_after is None or other.loss_after is None:
        return None
    fall = float32.loss_before - float32.loss_after
    # A loss that is not finite compares as false.
    return bool(fall > 0 and other.loss_after <= float32.loss_after + TOLERANCE * fall)


def _why_not(candidate: Candidate) -> str:
    accuracy = " but not as accurate" if candidate.accurate is False else ""
    return f"is {candidate.speed_up:.2f} × as fast per step{accuracy}"
