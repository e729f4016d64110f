"""The door of a made-up school, for the tests of the ways in."""

from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.school import School
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.voices import SeededSecrets, VoiceKeys

SCHOOL = School(name="清石学院", english="Qingshi College", aliases=["清石"])
SEAL = LinkSeal(b"a key of at least sixteen bytes")


def a_screen() -> Screen:
    """Masks persons, names the school, seals links."""
    return Screen(SCHOOL, Masker(["清石学院"]), Matcher(SCHOOL), VoiceKeys(SeededSecrets(b"s")), SEAL)
