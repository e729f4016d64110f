"""Tables: slips, orders, reports, facts, the log and playbooks. The way and the words of `schema.py`."""
