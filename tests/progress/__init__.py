"""Tests of ``tunebench/progress``."""
