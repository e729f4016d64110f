"""The pages a person reads, as real addresses of the seeded school."""

PAGES = (
    "/", "/wall", "/events", "/events/e-canteen", "/search?q=食堂", "/topics", "/topics?topic=canteen&days=30",
    "/slips", "/reports", "/log", "/register", "/playbooks", "/events/e-canteen/slip",
    "/events/e-canteen/facts",
    "/sources", "/report", "/coverage", "/cases", "/cases/case1", "/roster",
    "/users", "/watches", "/events/e-canteen/regroup", "/topics/words?days=90", "/topics?days=730",
    "/briefings", "/rules", "/settings", "/audit", "/requests", "/about",
)  # fmt: skip
