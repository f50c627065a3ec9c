"""What each way of serving lookups needs at a rate: limits, queues, cost, and where one way gives out."""
