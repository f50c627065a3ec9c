"""The function of figures: copies what another region's CloudWatch measures to this one's, each minute."""
