"""TLS with an authority of one's own, password, API key, least privilege; what is wrong is one clear sentence."""

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from busy_proxy import BusyProxy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from elastic_kit import LATER, Pair
from elastic_rig import Certificates, Cluster, cluster
from service_kit import free_port
from store_kit import a_document, kept

from pipeline.store.elastic.connection import Address, ElasticRefuses, ElasticUnavailable, connect, telling
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.verify import compare
from tocsin.cli import main

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]
ADMIN, ROLE, COMPOSE = "admin", "tocsin", "compose"
PASSWORDS = {ADMIN: "Correct-Horse-1", ROLE: "Battery-Staple-2", COMPOSE: "Tocsin-Staple-3"}
DOCS = Path(__file__).parent.parent / "docs" / "elasticsearch.md"


def make_certificates(folder: Path, name: str) -> Certificates:
    """An authority and a certificate for 127.0.0.1 that it signed."""
    folder.mkdir()
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = sign(name, authority_key, name, authority_key, is_authority=True)
    server = sign("127.0.0.1", key, name, authority_key, is_authority=False)
    made = Certificates(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made.key.write_bytes(secret)
    return made


def sign(
    name: str, key: ec.EllipticCurvePrivateKey, by: str, with_key: ec.EllipticCurvePrivateKey, *, is_authority: bool
) -> x509.Certificate:
    """A certificate for an hour."""
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(by)).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(minutes=5))
    made = made.not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(with_key.public_key())
    made = made.add_extension(signer, critical=False)
    if not is_authority:
        made = made.add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
    return made.sign(with_key, hashes.SHA256())


def named(name: str) -> x509.Name:
    """A distinguished name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def documented_role() -> dict[str, object]:
    """The role as docs/elasticsearch.md gives it, to be copied by the operator."""
    found = re.search(r"```json\n(\{.*?\n\})\n```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def as_file(name: str, role: dict[str, object]) -> str:
    """A role in the form of roles.yml (JSON is YAML)."""
    return f"{name}: {json.dumps(role)}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """What the server shows."""
    return make_certificates(tmp_path_factory.mktemp("tls") / "ours", "Our Authority")


@pytest.fixture(scope="module")
def guarded(certificates: Certificates) -> Iterator[Cluster]:
    """A server with TLS that asks for a login; besides the administrator it knows the documented role and the one that
    Compose makes."""
    made = json.loads((DOCS.parent.parent / "deploy" / "tocsin-role.json").read_text(encoding="utf-8"))
    roles = {ROLE: as_file(ROLE, documented_role()), COMPOSE: as_file(COMPOSE, made)}
    with cluster(users=PASSWORDS, roles=roles, tls=certificates) as running:
        yield running


def address(guarded: Cluster, certificates: Certificates, **given: str) -> Address:
    """How the least-privileged user gets in, unless said otherwise."""
    login = {"user": ROLE, "password": PASSWORDS[ROLE]} if "api_key" not in given else {}
    return Address((guarded.url,), **{"ca": str(certificates.authority), **login, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("user", [ROLE, COMPOSE])
def test_the_role_is_enough_and_no_more(guarded: Cluster, certificates: Certificates, user: str) -> None:
    """The role of the docs and the one that Compose makes, over TLS, with a password: fill, follow, search, verify; another
    index than ours is out of reach."""
    from elasticsearch import AuthorizationException

    place = address(guarded, certificates, user=user, password=PASSWORDS[user])
    pair = Pair(guarded, names=Names("tocsin"), address=place)
    pair.store.save([kept(a_document(str(n), "食堂")) for n in range(5)], [])
    pair.sync()
    pair.store.save([kept(a_document("more", "食堂"))], [])
    pair.sync()
    assert pair.count() == 6
    assert compare(pair.follower, LATER).same
    with pytest.raises(AuthorizationException):
        pair.follower.client.index(index="salaries", document={"a": 1})
    with pytest.raises(AuthorizationException):
        pair.follower.client.security.get_user()
    pair.drop()


def test_an_api_key_is_a_login(elastic: Cluster) -> None:
    """The key is sent with every request, and a wrong one is the same sentence as a wrong password. (The minimal
    distribution cannot make keys: its security index needs analysis that it does not have.)"""
    with BusyProxy(elastic.url) as proxy:
        proxy.demand_key("bXk6a2V5")
        pair = Pair(elastic, address=Address((proxy.url,), api_key="bXk6a2V5"))
        pair.store.save([kept(a_document("a", "食堂"))], [])
        pair.sync()
        assert pair.count() == 1
        proxy.demand_key("another")
        pair.store.save([kept(a_document("b", "食堂"))], [])
        said = pair.follower.step(LATER).said
        assert "refuses the login" in said
        assert "bXk6" not in said
        proxy.demand_key("")
        pair.drop()


@pytest.fixture
def house(tmp_path: Path, guarded: Cluster, certificates: Certificates) -> Path:
    """A folder with a configuration and an empty store."""
    from pipeline.store.engine import open_engine
    from pipeline.store.migrate import upgrade

    (tmp_path / "data").mkdir()
    engine = open_engine(f"sqlite:///{tmp_path / 'data' / 'tocsin.db'}")
    upgrade(engine)
    engine.dispose()
    return tmp_path


def command(house: Path, capsys: pytest.CaptureFixture[str], settings: str, **secret: str) -> tuple[int, str]:
    """`tocsin elastic sync` with `[elastic]` settings; its status and what it says on standard error."""
    (house / "tocsin.toml").write_text(f'[school]\nname = "澜川学院"\n[elastic]\n{settings}\n', encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tocsin", "elastic", "sync", "--config", str(house / "tocsin.toml")])
        patch.delenv("PASS", raising=False)
        for name, value in secret.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            main()
    return int(left.value.code or 0), capsys.readouterr().err


def test_each_wrong_thing_is_one_sentence(
    house: Path, guarded: Cluster, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Wrong password, wrong authority, no TLS, nobody there, a secret that is not set: status and one line, no secret in it."""
    other = make_certificates(tmp_path_factory.mktemp("other") / "theirs", "Other Authority")
    login = 'user = "tocsin"\npassword = { env = "PASS" }'
    ours, plain = f'ca = "{certificates.authority}"', guarded.url.replace("https", "http")
    cases = [
        (f'urls = ["{guarded.url}"]\n{ours}\n{login}', "Wrong-Secret-3", 1, "refuses the login"),
        (f'urls = ["{guarded.url}"]\nca = "{other.authority}"\n{login}', PASSWORDS[ROLE], 1, "not signed by the authority"),
        (f'urls = ["{guarded.url}"]\n{login}', PASSWORDS[ROLE], 1, "not signed by the authority"),
        (f'urls = ["https://127.0.0.1:{free_port()}"]\n{ours}\n{login}', "x" * 9, 1, "cannot be reached"),
        (f'urls = ["{plain}"]\n{login}', PASSWORDS[ROLE], 1, "127.0.0.1"),
        (f'urls = ["{guarded.url}"]\n{ours}\n{login}', "", 2, "PASS is not set"),
        (f'urls = ["{guarded.url}"]\nca = "no.pem"\n{login}', "x" * 9, 2, "there is no certificate file"),
        (f'urls = ["https://a:b@x.example"]\n{login}', "x" * 9, 2, "has a login in it"),
    ]  # fmt: skip
    for settings, password, status, sentence in cases:
        code, said = command(house, capsys, settings, **({"PASS": password} if password else {}))
        assert (code, sentence in said) == (status, True), (settings, said)
        assert said.count("\n") == 1, said
        assert not password or password not in said


def test_what_answers_but_is_no_elasticsearch_is_named(elastic: Cluster) -> None:
    """Another web server at that address is not taken for it."""
    from fake_hook import FakeHook

    with FakeHook() as hook:
        place = Address((hook.url.rsplit("/", 1)[0],))
        with pytest.raises(ElasticUnavailable), telling(place.hosts):
            connect(place).cluster.health()


def test_rights_that_are_missing_are_named(guarded: Cluster, certificates: Certificates) -> None:
    """A user that may do less than the role says so, with the place of the role."""
    place = address(guarded, certificates)
    with pytest.raises(ElasticRefuses, match=r"docs/elasticsearch\.md"), telling(place.hosts):
        connect(place).security.get_user()
