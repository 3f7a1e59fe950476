"""Measurements: ratios against a floor in the same run, and the soak of the stores."""
