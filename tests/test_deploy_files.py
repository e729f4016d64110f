"""What runs Tocsin in containers: the files are checked by the real Compose, by rules, and by building what they build."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from service_kit import need

ROOT = Path(__file__).parent.parent
COMPOSE = ROOT / ".make" / "bin" / "docker-compose"
PROFILES = {
    "": {"tocsin"},
    "elastic": {"tocsin", "elasticsearch", "elastic-users", "kibana", "elastic-setup"},
}
ONCE = {"elastic-users", "elastic-setup"}
SECRET = re.compile(r"PASSWORD|TOKEN|KEY|SECRET")


def compose_config(folder: Path, profile: str) -> dict[str, Any]:
    """What Compose makes of the file in a copy of the repository's deployment files, as JSON."""
    program = need(COMPOSE, "check docker-compose.yml")
    chosen = ["--profile", profile] if profile else []
    command = [program, "--project-directory", str(folder), "-f", str(folder / "docker-compose.yml"), *chosen]
    done = subprocess.run([*command, "config", "--format", "json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Compose file and a filled .env."""
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"(?m)^(\w+)=$", r"\1=filled-in-\1", example), encoding="utf-8")
    return tmp_path


# ---------------------------------------------------------------- Compose


@pytest.mark.parametrize("profile", PROFILES)
def test_compose_accepts_each_profile(folder: Path, profile: str) -> None:
    """The file is valid for Compose itself, and each profile starts exactly its own services."""
    assert set(compose_config(folder, profile)["services"]) == PROFILES[profile]


def test_a_small_school_needs_no_secret_for_the_large_ones(folder: Path) -> None:
    """Without Elasticsearch nothing in .env is needed, not even the file."""
    (folder / ".env").unlink()
    assert set(compose_config(folder, "")["services"]) == {"tocsin"}


def test_every_service_is_confined(folder: Path) -> None:
    """No service keeps a capability, can gain one, runs without limits, listens beyond loopback or floats on a tag."""
    for name, service in compose_config(folder, "elastic")["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["mem_limit"]) <= 2 * 2**30, name
        assert service["pids_limit"] > 0, name
        assert not service.get("privileged"), name
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+\.\d+", service["image"]), name
        assert {port["host_ip"] for port in service.get("ports", [])} <= {"127.0.0.1"}, name


def test_file_systems_are_read_only_but_for_the_search_server(folder: Path) -> None:
    """Only Elasticsearch, which writes its keystore, may write outside its volumes."""
    services = compose_config(folder, "elastic")["services"]
    assert {name for name, service in services.items() if not service.get("read_only")} == {"elasticsearch"}


def test_tocsin_waits_for_nobody_and_the_boards_wait_for_kibana(folder: Path) -> None:
    """Alerts never depend on Elasticsearch; what is set up once is set up in order, on healthy servers."""
    services = compose_config(folder, "elastic")["services"]
    assert "depends_on" not in services["tocsin"]

    def waits(name: str) -> dict[str, str]:
        return {of: link["condition"] for of, link in services[name]["depends_on"].items()}

    assert waits("elastic-users") == {"elasticsearch": "service_healthy"}
    assert waits("kibana") == {"elastic-users": "service_completed_successfully"}
    assert waits("elastic-setup") == dict.fromkeys(("tocsin", "elasticsearch", "kibana"), "service_healthy")
    for name in set(services) - ONCE - {"tocsin"}:
        assert services[name]["healthcheck"]["test"], name
    assert {services[name]["restart"] for name in ONCE} == {"on-failure:3"}


def test_the_administrator_s_password_never_reaches_tocsin(folder: Path) -> None:
    """Tocsin's containers get its own secrets from .env, not those of Elasticsearch's administrator and of Kibana."""
    services = compose_config(folder, "elastic")["services"]
    for name in ("tocsin", "elastic-setup"):
        given = services[name]["environment"]
        assert given["TOCSIN_SLACK_TOKEN"] == "filled-in-TOCSIN_SLACK_TOKEN"
        assert given["TOCSIN_ELASTIC_PASSWORD"] == "filled-in-TOCSIN_ELASTIC_PASSWORD"
        assert not any(given[key] for key in ("ELASTIC_PASSWORD", "KIBANA_SYSTEM_PASSWORD", "KIBANA_ENCRYPTION_KEY"))


def test_the_search_server_is_reached_only_from_inside(folder: Path) -> None:
    """Elasticsearch has no port on the host and stands in a network that leads nowhere."""
    config = compose_config(folder, "elastic")
    assert not config["services"]["elasticsearch"].get("ports")
    assert set(config["services"]["elasticsearch"]["networks"]) == {"elastic"}
    assert config["networks"]["elastic"]["internal"] is True


def test_what_is_kept_is_in_named_volumes(folder: Path) -> None:
    """The three data folders are volumes; the configuration is mounted read-only."""
    config = compose_config(folder, "elastic")
    assert set(config["volumes"]) == {"tocsin-data", "elastic-data", "kibana-data"}
    mounts = {mount["target"]: mount for mount in config["services"]["tocsin"]["volumes"]}
    assert mounts["/data"]["source"] == "tocsin-data"
    assert mounts["/config"]["read_only"] is True


def test_no_secret_has_a_default() -> None:
    """In the Compose file a secret is empty when .env lacks it; .env.example has every variable and no secret's value."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = dict(re.findall(r"(?<!\$)\$\{(\w+)(?::-([^}]*))?\}", text))
    assert named
    for name, default in named.items():
        assert not (SECRET.search(name) and default), name
        assert name == "TOCSIN_VERSION" or re.search(rf"(?m)^#?{name}=", example), name
    for name, value in re.findall(r"(?m)^#?(\w+)=(.*)$", example):
        assert not (SECRET.search(name) and value), name


def test_images_have_the_product_s_version() -> None:
    """The image is called after the version that it holds."""
    from tocsin import __version__

    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert f"image: tocsin:${{TOCSIN_VERSION:-{__version__}}}" in text


# ---------------------------------------------------------------- Dockerfile


def instructions() -> list[tuple[str, str]]:
    """(word, rest) of each instruction of the Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines]


def final_stage() -> list[tuple[str, str]]:
    """The instructions after the last FROM."""
    found = instructions()
    last = max(index for index, (word, _) in enumerate(found) if word == "FROM")
    return found[last:]


def test_bases_are_pinned_and_stages_named() -> None:
    """Every base has a full version (no latest), the building stage has a name, and there are two stages."""
    bases = [rest for word, rest in instructions() if word == "FROM"]
    assert len(bases) == 2
    assert bases[0].endswith(" AS build")
    for base in bases:
        assert re.match(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*( AS \w+)?$", base), base
        assert "latest" not in base


def test_the_image_runs_as_a_numbered_user_without_a_shell() -> None:
    """The last USER is not root; the account has a fixed number and no login shell; only its folders are its own."""
    users = [rest for word, rest in final_stage() if word == "USER"]
    assert users == ["tocsin"]
    made = " ".join(rest for word, rest in final_stage() if word == "RUN")
    assert "--uid 10001" in made
    assert "/usr/sbin/nologin" in made
    copies = [rest for word, rest in final_stage() if word == "COPY"]
    assert all("--chown=root:root" in copy and "--from=build" in copy for copy in copies)


def test_commands_follow_the_rules() -> None:
    """No ADD, no sudo, no MAINTAINER, no cd; exec form for what runs; absolute WORKDIR; pinned pip packages; no cache left."""
    words = [word for word, _ in instructions()]
    assert not {"ADD", "MAINTAINER", "ONBUILD"} & set(words)
    for word, rest in instructions():
        if word == "RUN":
            assert not re.search(r"\b(sudo|cd|ssh|vim|shutdown|service)\b ", rest), rest
            assert "curl" not in rest
            assert "apt-get" not in rest or "rm -rf /var/lib/apt/lists" in rest
            for options in re.findall(r"(?<!uv )pip install ([^&]+)", rest):
                assert "--no-cache-dir" in options
                assert re.search(r"\S+==[\d.]+\s*$", options), options
        if word in {"CMD", "ENTRYPOINT"}:
            assert rest.startswith("["), rest
        if word == "WORKDIR":
            assert rest.startswith("/"), rest
    assert words.count("ENTRYPOINT") == words.count("HEALTHCHECK") == 1


def test_every_package_is_checked_by_its_hash() -> None:
    """What is installed comes from the lock file with hashes; the product itself asks no index at all."""
    runs = " ".join(rest for word, rest in instructions() if word == "RUN")
    assert "--require-hashes -r requirements.lock" in runs
    assert "--no-deps --no-build-isolation --no-index ." in runs
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = re.findall(r"(?m)^([a-z0-9][\w.-]*)==", lock)
    assert lock.count("--hash=sha256:") >= len(names) > 50


def copied() -> list[str]:
    """What the Dockerfile takes from the folder beside it."""
    found: list[str] = []
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            found += [part for part in shlex.split(rest)[:-1] if not part.startswith("--")]
    return found


def let_through(path: str) -> bool:
    """True when .dockerignore sends `path` to the builder (the last line that matches decides)."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.lstrip("!").removeprefix("**/")
        if line and not line.startswith("#") and (fnmatch(path, pattern) or path.startswith(f"{pattern}/")):
            sent = line.startswith("!")
    return sent


def test_the_builder_gets_what_is_copied_and_nothing_secret() -> None:
    """.dockerignore passes what the Dockerfile copies; secrets, data, history and tests stay out."""
    assert copied()
    assert [path for path in copied() if not let_through(path)] == []
    for path in (".env", "tocsin.toml", "config", "data", "demo-data", ".git", "tests", ".venv"):
        assert not let_through(path), path


@pytest.mark.slow
def test_the_wheel_that_the_image_installs_is_complete(tmp_path: Path) -> None:
    """Built from nothing but what the Dockerfile copies, the wheel has every file of the five packages that git keeps."""
    place = tmp_path / "context"
    place.mkdir()
    for name in copied():
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
        shutil.copytree(source, place / name, ignore=ignore) if source.is_dir() else shutil.copy(source, place)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=place, check=True, capture_output=True, timeout=100)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "alerts", "crawlers", "dashboards", "pipeline", "tocsin"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    there = {name for name in tracked if name and (ROOT / name).exists()}
    assert sorted(there - packed) == []
    assert any(name.startswith("dashboards/kibana/") and name.endswith(".ndjson") for name in packed)
