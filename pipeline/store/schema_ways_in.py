"""Tables: ways in: mailbox, inbox and form. The way and the words of `schema.py`."""
