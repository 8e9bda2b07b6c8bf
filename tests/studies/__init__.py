"""Tests of tunebench.studies."""
