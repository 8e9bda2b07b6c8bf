"""Tests of ``tunebench/tuning/parallel``."""
