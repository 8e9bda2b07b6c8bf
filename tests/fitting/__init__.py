"""Tests of ``tunebench/fitting``."""
