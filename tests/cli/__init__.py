"""Tests of ``tunebench/cli``."""
