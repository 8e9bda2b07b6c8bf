"""What works on every back end of Keras."""
