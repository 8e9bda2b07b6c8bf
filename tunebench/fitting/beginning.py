"""Begin a training as if the process had just started."""

import keras


def begin_anew(seed: int) -> None:
    """Forget earlier models and seed everything random.

    Clearing Keras' state also resets the dtype policy, which is put back: it is the user's choice.

    Args:
        seed: Of initialisation, dropout and whatever else Keras draws.
    """
    policy = keras.config.dtype_policy()
    # Layer names begin anew, and nothing of the last model stays behind.
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(seed)
