"""Estimates, actuals and reports of what an environment costs.

    prices/       what AWS asks for, in dated snapshots
    quantities.py numbers and ranges with their units
    usage/        what is assumed of traffic: a file for each environment
    graphs.py     what an environment declares, from graphs/<environment>.json
    metering.py   what a lookup, an event or a page takes, from the code that does the work
    estimate/     the three together: lines, totals, tables, reports
    diff.py       what a change costs
    actuals/      what was charged, beside the estimate
    advice/       what would cost less
    capacity/     how far each way of serving carries

Money is `decimal.Decimal`, in USD. A month has 730 hours, a GB 2^30 bytes.
"""
