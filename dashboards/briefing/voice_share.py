"""Share of voice: ours beside named peers, only over sources that cover all of them; otherwise the reason why not.

Tocsin keeps only what mentions its own school, so the peers' counts come from a spreadsheet with a column school.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from dashboards.briefing.period import Period
from dashboards.briefing.values import Count, ShareOfVoice, Voice
from pipeline.store.schema_briefing import briefing_counts as table


def share_of_voice(
    connection: Connection, period: Period, school: str, peers: Sequence[str], outlets: Sequence[Count]
) -> ShareOfVoice:
    """Ours and the peers', most items first; no numbers when the sources are not the same ones."""
    if not peers:
        return ShareOfVoice([], "no_peers", [])
    query = select(table.c.school, table.c.source, func.sum(table.c["items"])).where(table.c.period == period.name)
    rows = connection.execute(query.where(table.c.school.in_(peers)).group_by(table.c.school, table.c.source)).all()
    if {school for school, _, _ in rows} != set(peers):
        return ShareOfVoice([], "no_counts", [])
    ours = {one.name: one.items for one in outlets}
    covered = {peer: {source for name, source, _ in rows if name == peer} for peer in peers}
    shared = sorted(set(ours).intersection(*covered.values()) - {""})
    if not shared or any(sources != set(shared) for sources in covered.values()):
        return ShareOfVoice([], "other_sources", shared)
    voices = [Voice(peer, sum(n for name, _, n in rows if name == peer)) for peer in peers]
    voices.append(Voice(school, sum(ours[source] for source in shared)))
    return ShareOfVoice(sorted(voices, key=lambda one: (-one.items, one.school)), "", shared)
