"""Tables: the duty roster, the working calendar and the case clock. The way and the words of `schema.py`."""
