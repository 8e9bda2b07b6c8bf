"""Use a finished run's models: on other images, and in other formats."""
