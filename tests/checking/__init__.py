"""Tests of ``tunebench/checking``."""
