"""Tests of :mod:`tunebench.use`."""
