"""Tests of ``tunebench/precision``."""
