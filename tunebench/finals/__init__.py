"""Final trainings: train the winner once per seed, keep and record the results, and time it again."""
