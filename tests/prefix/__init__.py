"""Tests of tunebench.prefix."""
