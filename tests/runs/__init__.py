"""Tests of tunebench.runs."""
