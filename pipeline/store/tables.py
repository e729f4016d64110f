"""All tables together: importing this makes `metadata` whole, for migrations, backups and the test that compares them."""

from pipeline.store import (
    schema,
    schema_briefing,
    schema_collecting,
    schema_desk,
    schema_duty,
    schema_projection,
    schema_response,
    schema_telling,
    schema_ways_in,
)

metadata = schema.metadata

__all__ = [
    "metadata",
    "schema",
    "schema_briefing",
    "schema_collecting",
    "schema_desk",
    "schema_duty",
    "schema_projection",
    "schema_response",
    "schema_telling",
    "schema_ways_in",
]
