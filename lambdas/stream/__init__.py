"""The stream function: Kinesis records to online stores and archive."""
