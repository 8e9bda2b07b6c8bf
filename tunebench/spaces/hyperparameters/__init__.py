"""The hyperparameters of a space: which there are, which values they can take, and which the user sets."""
