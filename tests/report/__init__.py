"""Tests of tunebench.report."""
