"""Who reaches which function: requests, messages, models, schedulers; and what stands before it."""
