"""`tocsin kibana export | install`: files with our links, taken by a Kibana, and one sentence when they are not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fake_kibana import FakeKibana, open_kibana
from service_kit import free_port

from dashboards.kibana.files import ORDER, fill_files, read_files
from dashboards.kibana.install import Kibana, KibanaError, install_files
from tocsin.cli import complain
from tocsin.commands.kibana import kibana as command
from tocsin.config import ConfigError

HTML = "<html>please log in</html>"


@pytest.fixture
def kibana() -> Iterator[FakeKibana]:
    with open_kibana() as running:
        yield running


def write_config(folder: Path, more: str) -> Path:
    path = folder / "tocsin.toml"
    path.write_text(f'[school]\nname = "澜川学院"\n[server]\npublic_url = "https://tocsin.example.edu/"\n{more}')
    return path


def run(*words: str) -> Result:
    result = CliRunner().invoke(command, list(words))
    if isinstance(result.exception, ConfigError):
        result.exit_code = complain(str(result.exception), 2)
    return result


def refusal(where: Kibana) -> str:
    with pytest.raises(KibanaError) as caught:
        install_files(where, fill_files("https://t.example"))
    return str(caught.value)


# ---------------------------------------------------------------- installing


def test_everything_arrives_and_may_arrive_again(kibana: FakeKibana, tmp_path: Path) -> None:
    """One request brings data views, the saved search and six boards; a second one replaces them."""
    config = write_config(tmp_path, f'[kibana]\nurl = "{kibana.url}"\n')
    for _ in range(2):
        result = run("install", "--config", str(config))
        assert result.exit_code == 0, result.output
        assert f"13 objects are in Kibana at {kibana.url}" in result.output
    assert kibana.requests == ["/api/saved_objects/_import?overwrite=true"] * 2
    kinds = [kind for _, kind, _ in kibana.objects]
    assert {kind: kinds.count(kind) for kind in kinds} == {"index-pattern": 6, "search": 1, "dashboard": 6}
    assert "https://tocsin.example.edu/events/" in json.dumps(list(kibana.objects.values()))


def test_the_space_is_part_of_the_address(kibana: FakeKibana) -> None:
    """Boards go into the configured space; one that does not exist is named."""
    kibana.spaces.add("office")
    assert install_files(Kibana(kibana.url, "office"), fill_files("https://t.example")) == 13
    assert {space for space, _, _ in kibana.objects} == {"office"}
    assert "into the space 'other'" in refusal(Kibana(kibana.url, "other"))


def test_logins_are_sent_as_configured(kibana: FakeKibana, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """User and password, or an API key, come from the environment and are taken; neither is ever printed."""
    monkeypatch.setenv("KIBANA_SECRET", "s3cret-of-kibana")
    kibana.demand_password("tocsin", "s3cret-of-kibana")
    login = 'user = "tocsin"\npassword = { env = "KIBANA_SECRET" }'
    result = run("install", "--config", str(write_config(tmp_path, f'[kibana]\nurl = "{kibana.url}"\n{login}\n')))
    assert result.exit_code == 0, result.output
    kibana.demand_key("s3cret-of-kibana")
    key = 'api_key = { env = "KIBANA_SECRET" }'
    result = run("install", "--config", str(write_config(tmp_path, f'[kibana]\nurl = "{kibana.url}"\n{key}\n')))
    assert result.exit_code == 0, result.output
    kibana.demand_key("another")
    result = run("install", "--config", str(tmp_path / "tocsin.toml"))
    assert result.exit_code == 1
    assert "refuses the login" in result.output
    assert "s3cret" not in result.output


STATUSES = {
    401: "refuses the login; check user and password, or api_key, under [kibana]",
    403: "does not let this login import saved objects",
    404: "check url and space under [kibana]",
    409: "answered with status 409: version conflict",
    413: "takes no file of this size",
    500: "answered with status 500: version conflict",
    503: "is not ready yet",
}


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_is_one_sentence(kibana: FakeKibana, status: int) -> None:
    """A status that is not 200 becomes one sentence with the address."""
    kibana.answer_once(status, {"statusCode": status, "error": "x", "message": "version conflict"})
    said = refusal(Kibana(kibana.url))
    assert STATUSES[status] in said
    assert kibana.url in said
    assert "\n" not in said


def test_what_is_not_kibana_is_said(kibana: FakeKibana) -> None:
    """A login page with status 200, or JSON of something else, is not taken for success."""
    kibana.answer_once(200, HTML)
    assert refusal(Kibana(kibana.url)) == f"what answers at {kibana.url} is not Kibana"
    kibana.answer_once(200, {"ok": True})
    assert refusal(Kibana(kibana.url)) == f"what answers at {kibana.url} is not Kibana"


OBJECT_ERRORS: dict[str, tuple[dict[str, Any], str]] = {
    "missing": (
        {"type": "missing_references", "references": [{"type": "index-pattern", "id": "tocsin-x"}]},
        "index-pattern tocsin-x is not there",
    ),
    "conflict": ({"type": "conflict"}, "another object has its place"),
    "ambiguous": ({"type": "ambiguous_conflict", "destinations": []}, "another object has its place"),
    "unsupported": ({"type": "unsupported_type"}, "9.2 or newer is needed"),
    "unknown": ({"type": "unknown", "message": "it broke", "statusCode": 500}, "it broke"),
}


@pytest.mark.parametrize("name", OBJECT_ERRORS)
def test_each_refused_object_is_named(kibana: FakeKibana, name: str) -> None:
    """Kibana answers 200 with a list of what it did not take; each is one line with title and reason."""
    error, said = OBJECT_ERRORS[name]
    kibana.refuse("tocsin-watch", error)
    kibana.refuse("tocsin-items", error)
    lines = refusal(Kibana(kibana.url)).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("index-pattern 'tocsin-items' was not taken: ")
    assert lines[1].startswith("dashboard '今日守望 Watch (today)' was not taken: ")
    assert all(said in line for line in lines)


def test_nobody_answers() -> None:
    """A closed port is one sentence, not a traceback."""
    port = free_port()
    assert refusal(Kibana(f"http://127.0.0.1:{port}")) == f"Kibana at http://127.0.0.1:{port} cannot be reached"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / "kibana.crt", folder / "kibana.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return paths


def test_tls_with_an_authority_of_the_school(tmp_path: Path) -> None:
    """The configured authority is believed; without it, with http, or with a file of something else, a sentence says so."""
    with open_kibana(make_certificate(tmp_path)) as kibana:
        assert install_files(Kibana(kibana.url, ca=str(tmp_path / "kibana.crt")), fill_files("https://t.example")) == 13
        assert "is not signed by the authority in [kibana] ca" in refusal(Kibana(kibana.url))
        assert "is not a file with certificates" in refusal(Kibana(kibana.url, ca=str(tmp_path / "kibana.key")))
    with open_kibana() as plain:
        assert "does not speak TLS" in refusal(Kibana(plain.url.replace("http:", "https:")))


# ---------------------------------------------------------------- exporting


def test_exported_files_carry_our_links(tmp_path: Path) -> None:
    """Seven files; the placeholder is gone, data views read the configured aliases, ids stay the same."""
    config = write_config(tmp_path, '[elastic]\nurls = ["http://127.0.0.1:9200"]\nprefix = "school-a"\n')
    result = run("export", "--config", str(config), "--to", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    files = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir()}
    assert set(files) == {f"{name}.ndjson" for name in ORDER}
    whole = "".join(files.values())
    assert "tocsin.invalid" not in whole
    assert "https://tocsin.example.edu/events/{{value}}" in whole
    assert "https://tocsin.example.edu/events/{{event.value}}" in whole
    views = [json.loads(line) for line in files["views.ndjson"].splitlines()]
    assert {one["id"]: one["attributes"]["title"] for one in views}["tocsin-items"] == "school-a-items"


def test_export_says_what_it_cannot_do(tmp_path: Path) -> None:
    """A file in the place of the folder is refused; without public_url the links are for this machine, and that is said."""
    config = write_config(tmp_path, "")
    assert run("export", "--config", str(config), "--to", str(config)).exit_code == 2
    config.write_text('[school]\nname = "澜川学院"\n')
    result = run("export", "--config", str(config), "--to", str(tmp_path / "out"))
    assert result.exit_code == 0
    assert "public_url is empty" in result.output


def test_boards_do_not_reach_the_network(kibana: FakeKibana, tmp_path: Path) -> None:
    """Export asks nobody; install without [kibana] url is one sentence and status 2."""
    config = write_config(tmp_path, "")
    run("export", "--config", str(config), "--to", str(tmp_path / "out"))
    assert not kibana.requests
    assert run("install", "--config", str(config)).exit_code == 2


BAD: dict[str, str] = {
    'url = "kibana:5601"': "is not an http or https address",
    'url = "http://a:b@kibana:5601"': "has a login in it",
    'url = "http://k:5601"\nspace = "Büro"': "cannot be the id of a space",
    'url = "http://k:5601"\nuser = "a"': "belong together",
    'url = "http://k:5601"\nca = "nowhere.pem"': "there is no certificate file",
    'url = "http://k:5601"\ntimeout = 0': "must be more than 0",
    'url = "http://k:5601"\npassword = "open"': "a secret is never written here",
}


@pytest.mark.parametrize("lines", BAD)
def test_a_wrong_setting_is_named_with_its_line(tmp_path: Path, lines: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each contradiction under [kibana] is one sentence with file and line."""
    config = write_config(tmp_path, f"[kibana]\n{lines}\n")
    result = run("install", "--config", str(config))
    said = capsys.readouterr().err
    assert result.exit_code == 2
    assert said.startswith("tocsin.toml line ")
    assert BAD[lines] in said


def test_committed_files_are_whole() -> None:
    """Every reference of every object leads to an object of the files."""
    saved = [one for file in read_files() for one in file.saved]
    there = {(one["type"], one["id"]) for one in saved}
    assert len(there) == len(saved) == 13
    assert [ref for one in saved for ref in one["references"] if (ref["type"], ref["id"]) not in there] == []
