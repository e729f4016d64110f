"""Everything the pages read, as small functions `(conn, …, now) -> frozen rows`. They read; they never write.

Charts use `hourly` and `arrivals`, lists use `events`, so that a page costs the same with a million items.
"""
