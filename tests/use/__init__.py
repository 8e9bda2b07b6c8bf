"""Tests of ``tunebench/use``."""
