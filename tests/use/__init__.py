"""Tests of tunebench.use."""
