"""Tests of tunebench.features."""
