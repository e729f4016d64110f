"""Tables: withdrawals, evidence and hub subscriptions. The way and the words of `schema.py`."""
