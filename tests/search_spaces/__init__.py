"""Tests of the search spaces that come with tunebench."""
