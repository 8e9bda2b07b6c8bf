"""Tests of tunebench.spaces.hyperparameters."""
