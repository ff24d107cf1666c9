"""The doors: TPNS's REST dialect, the device API. Each translates; the stages do the work."""
