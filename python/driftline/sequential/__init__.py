"""What may be claimed about a series of windows: detectors, alert states, dependent rows, replay.

Pure functions on p-values, verdicts and profiles: nothing here reads a clock, a file or a store.
"""
