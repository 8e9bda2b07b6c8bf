"""Tests of tunebench.comparison."""
