"""Image data sets: one file per source, each giving a ``Dataset``."""
