"""Which checks hold on the way of a value, and which only look as if they did."""
