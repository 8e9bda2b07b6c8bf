"""Tests of tunebench.finals."""
