"""Tests of ``tunebench/spaces``."""
