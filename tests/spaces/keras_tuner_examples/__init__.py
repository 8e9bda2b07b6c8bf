"""Public examples of Keras Tuner, written down in our own words, as spaces."""
