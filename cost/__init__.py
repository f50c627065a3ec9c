"""Estimates, actuals and reports of what an environment costs.

    prices/       what AWS asks for, in dated snapshots
    quantities.py numbers and ranges with their units
    usage.py      what is assumed of traffic, from usage/<environment>.yaml
    graphs.py     what an environment declares, from graphs/<environment>.json
    metering.py   what a lookup, an event or a page takes, from the code that does the work
    estimate/     the three together: lines, totals, tables, reports
    diff.py       what a change costs

Money is `decimal.Decimal`, in USD. A month has 730 hours, a GB 2^30 bytes.
"""
