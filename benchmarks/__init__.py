"""Reproducible comparisons with floors and peers; `make bench` runs them."""
