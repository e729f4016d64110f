"""Kibana boards beside the dashboard: written as YAML (boards/), compiled to import files (compiled/), sent by `install`.

Private voices are counted there and never listed: rows come from the alias of news and official items alone.
"""
