"""One TOML file, parsed once into frozen typed values. What is wrong is said in one sentence with file and line.

People edit live things (roster, silences, users, cases) in the database, not here. Secrets are never in the file:
`{ env = "NAME" }` or `{ file = "PATH" }`.
"""

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from alerts.case_settings import CaseSettings
from alerts.duty.settings import DutySettings
from alerts.policy import CareSettings, DepartmentSpec, DigestSettings, InhibitSpec, RouteSpec
from alerts.season import CalendarSettings
from alerts.settings import Alerting, ChannelSpec, RuleSpec
from crawlers.coverage import CoverageSettings
from crawlers.settings import CrawlPolicy, SourceSpec
from dashboards.briefing.settings import BriefingSettings
from dashboards.settings import ServerSettings
from pipeline.school import School
from tocsin.elastic_settings import ElasticSettings
from tocsin.kibana_settings import KibanaSettings
from tocsin.places import find_line, split_path


class ConfigError(Exception):
    """The configuration cannot be used; the message is one sentence that begins with file and line."""


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[store]`. `folder` (relative to the file) holds the database, keys, backups, briefings and logs;
    `url` names another database, for instance `postgresql+psycopg://…`."""

    folder: str = "data"
    url: str = ""


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[retention]`, in days. Can be lowered; the defaults are also the caps. Counts are kept for good.
    `evidence_mb` is the room of all evidence copies together; the oldest go first, their hash and time stay."""

    text_days: int = 180
    headline_days: int = 730
    link_days: int = 14
    evidence_mb: int = 500


class TaggerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[tagger]`. `model` is the shipped network with the character model, `rules` the keyword rules alone; `onnx` and
    `transformers` take the tone from the model in the folder `path` (relative to the file)."""

    kind: Literal["model", "rules", "onnx", "transformers"] = "model"
    path: str = ""
    threads: int = 2


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. Only `[school] name` is required."""

    school: School
    alerting: Alerting = Alerting()
    rules: list[RuleSpec] = []
    channels: list[ChannelSpec] = []
    crawl: CrawlPolicy = CrawlPolicy()
    sources: list[SourceSpec] = []
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    retention: Retention = Retention()
    tagger: TaggerSettings = TaggerSettings()
    coverage: CoverageSettings = CoverageSettings()
    briefing: BriefingSettings = BriefingSettings()
    cases: CaseSettings = CaseSettings()
    duty: DutySettings = DutySettings()
    calendar: CalendarSettings = CalendarSettings()
    routes: list[RouteSpec] = []
    departments: list[DepartmentSpec] = []
    inhibit: list[InhibitSpec] = msgspec.field(default_factory=lambda: [InhibitSpec()])
    digest: DigestSettings = DigestSettings()
    care: CareSettings = CareSettings()
    elastic: ElasticSettings = ElasticSettings()
    kibana: KibanaSettings = KibanaSettings()


class Loaded(msgspec.Struct, frozen=True):
    """A configuration, the file it came from and its text (for backups and for naming lines)."""

    config: Config
    path: Path
    text: str

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return (self.path.parent / self.config.store.folder).resolve()

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the state of record."""
        return self.config.store.url or f"sqlite:///{self.folder / 'tocsin.db'}"


def load_config(path: Path) -> Loaded:
    """Read, parse and check `path`. Raises ConfigError."""
    from tocsin.checks import find_problem  # checks knows Config; Config need not know its checks

    text = read_text(path)
    config = place_model(parse_config(text, path.name), path.resolve().parent)
    problem = find_problem(config)
    if problem:
        raise ConfigError(f"{path.name} line {find_line(text, problem.path)}: {problem.sentence}")
    return Loaded(config, path.resolve(), text)


def place_model(config: Config, folder: Path) -> Config:
    """The configuration with `[tagger] path`, `[elastic] ca` and `[kibana] ca` made absolute; they are relative to the file's `folder`."""
    elastic, kibana, tagger = config.elastic, config.kibana, config.tagger
    if tagger.path:
        tagger = msgspec.structs.replace(tagger, path=str(folder / tagger.path))
    if elastic.ca:
        elastic = msgspec.structs.replace(elastic, ca=str(folder / elastic.ca))
    if kibana.ca:
        kibana = msgspec.structs.replace(kibana, ca=str(folder / kibana.ca))
    return msgspec.structs.replace(config, tagger=tagger, elastic=elastic, kibana=kibana)


def read_text(path: Path) -> str:
    """The file's text. Raises ConfigError when it is missing, unreadable or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist; `tocsin init` writes one") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def parse_config(text: str, name: str) -> Config:
    """TOML text to a typed Config. Raises ConfigError naming the line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+)", str(error))
        line = place[1] if place else "1"
        raise ConfigError(f"{name} line {line}: this is not TOML: {str(error).split(' (at')[0]}") from None
    try:
        return msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(explain_invalid(str(error), text, name)) from None


def explain_invalid(message: str, text: str, name: str) -> str:
    """One sentence out of msgspec's message and path."""
    said, _, path = message.partition(" - at ")
    path = path.strip("`") or "$"
    unknown = re.match(r"Object contains unknown field `(.+)`", said)
    if unknown:
        path = f"{path}.{unknown[1]}"
        return f"{name} line {find_line(text, path)}: there is no setting '{unknown[1]}'{_guess(unknown[1], path)}"
    missing = re.match(r"Object missing required field `(.+)`", said)
    if missing:
        return f"{name} line {find_line(text, path)}: {_table(path)} needs '{missing[1]}'"
    if said == "Expected `object | null`, got `str`":
        said = 'a secret is never written here: give { env = "NAME" } or { file = "PATH" }'
    return f"{name} line {find_line(text, path)}: {_table(path)}: {said[:1].lower()}{said[1:]}"


def _table(path: str) -> str:
    return ".".join(str(step) for step in split_path(path) if isinstance(step, str)) or "the file"


def _guess(name: str, path: str) -> str:
    """A known setting that looks like `name`, as the end of a sentence."""
    known = {field.name for field in msgspec.structs.fields(Config)}
    for field in msgspec.structs.fields(Config):
        if split_path(path)[:1] == [field.name]:
            known = _fields_of(field.type)
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _fields_of(kind: object) -> set[str]:
    """Names of the fields of a Struct, or of the Struct in a list of them."""
    inner: Any = getattr(kind, "__args__", (kind,))[0]
    return {field.name for field in msgspec.structs.fields(inner)}
