"""From raw review files to validated, screened and split training data."""
