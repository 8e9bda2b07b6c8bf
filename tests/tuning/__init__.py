"""Tests of ``tunebench/tuning``."""
