"""The projection into Elasticsearch: written by following `changes`, read by the search page and by Kibana.

It is never asked for anything that the state of record needs: it may be down for a day, and be rebuilt from nothing.
"""
