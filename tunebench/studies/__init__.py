"""A study: ordinary runs that belong together, planned, made and reported by one command."""
