"""Batch jobs as plain functions: ingestion, backfill, training sets."""
