"""Tables: saved searches, special watches and what the desk edits. The way and the words of `schema.py`."""
