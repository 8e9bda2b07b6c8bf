"""Tests of tunebench.backbones."""
