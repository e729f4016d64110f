"""Tables: what telling needs besides: taps that can be undone, digests. The way and the words of `schema.py`."""
