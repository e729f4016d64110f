"""Whose data a folder holds: the school's name is written down at the first start and compared at every other."""

from sqlalchemy import Engine, select

from pipeline.normal import normalise
from pipeline.school import School
from pipeline.store.engine import reading, writing
from pipeline.store.schema import keep
from pipeline.store.statements import insert_or_update
from tocsin.config import ConfigError

KEY = "school"


def claim_data(engine: Engine, school: School, place: str) -> None:
    """Note that the data in `place` belong to `school`.

    A school may be renamed: its old name then stands among its aliases. Raises ConfigError when the data belong to
    another one, whose events and counts must not be mixed with this one's.
    """
    with reading(engine) as connection:
        owner = connection.scalar(select(keep.c.value).where(keep.c.key == KEY))
    if owner == school.name:
        return
    if owner is not None and not _is_called(school, owner):
        raise ConfigError(
            f"{place} holds the data of {owner}, but [school] names {school.name}; use another folder in [store], "
            f'or put "{owner}" into aliases if the school was renamed'
        )
    with writing(engine) as connection:
        insert_or_update(connection, keep, [{"key": KEY, "value": school.name}])


def _is_called(school: School, name: str) -> bool:
    return normalise(name) in {normalise(one) for one in school.names}
