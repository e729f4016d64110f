"""Tables: briefings as drafts that are reviewed and signed. The way and the words of `schema.py`."""
