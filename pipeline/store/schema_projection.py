"""Tables: what was sent to Elasticsearch. The way and the words of `schema.py`."""
