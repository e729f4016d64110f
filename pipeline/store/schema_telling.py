"""Tables: what telling needs besides: taps that can be undone, digests. The way and the words of `schema.py`."""

from sqlalchemy import Boolean, Column, Integer, String, Table

from pipeline.store.schema import Moment, metadata

taps = Table(                                        # what somebody did by one tap, for as long as it can be undone and after
    "taps", metadata,
    Column("id", String, primary_key=True),
    Column("event", String, nullable=False, index=True),
    Column("what", String, nullable=False),          # taken, handed_over, false_alarm, released, silence, case
    Column("who", String, nullable=False),           # as in acks
    Column("at", Moment, nullable=False, index=True),
    Column("ends", Moment, nullable=False),          # until when it can be undone
    Column("until", Moment),                         # until when it stops something
    Column("act", Integer),                          # number of the act
    Column("target", String),                        # the silence or the case
    Column("undone", Moment),
    Column("undone_by", String),
    Column("posted", Boolean, nullable=False, default=False),  # that it was undone was said where it had been said
)  # fmt: skip

watch = Table(                                       # stretches in which the whole chain was at work
    "watch", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False, index=True),
)  # fmt: skip

presses = Table(                                     # presses of buttons that were counted, so that none counts twice
    "presses", metadata,
    Column("key", String, primary_key=True),         # digest of the vendor's id of the press
    Column("at", Moment, nullable=False, index=True),
)  # fmt: skip

voice_hours = Table(                                 # of each matter and hour the highest 24-hour count of voices, for the backtest
    "voice_hours", metadata,
    Column("event", String, primary_key=True),       # as it was called then; one that was merged keeps its own
    Column("hour", Moment, primary_key=True),
    Column("voices", Integer, nullable=False),
)  # fmt: skip
