"""From a base checkpoint and processed data to a signed release."""
