"""The life of data and models: what reads, trains, converts, carries and serves them."""
