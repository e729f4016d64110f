"""The briefing: one frozen data set for a period, and the documents that are made from nothing else."""
