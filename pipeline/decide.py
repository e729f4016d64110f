"""Keep, merge or drop: pure, with the reason."""

from pipeline.model import Copy, Disposition, Document, Reason


def dispose(document: Document, copy: Copy, *, edited: bool = False) -> Disposition:
    """What becomes of an item once it is matched and compared."""
    if not document.mention.is_ours:
        return Disposition("drop", Reason("not_ours", document.mention.reason))
    if edited:
        return Disposition("keep", Reason("edited", "seen before and changed since; it stays where it is"))
    if copy.root:
        return Disposition("merge", copy.reason)
    if document.history:
        return Disposition("keep", Reason("history", "older than 48 h at the source's first fetch; it never alerts"))
    return Disposition("keep", Reason("story", "about the school and not said before"))
