"""Use a run's final models: predict, export."""
