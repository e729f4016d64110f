"""Who may come where: one table over every address, so that none is added without a thought."""

from pathlib import Path

import pytest
from dash_client import BASE, Reader, reader
from test_dash_door import fill

from dashboards.auth import ROLES
from dashboards.pages import SPOTS

# Lowest role, or public (anybody), link (a signed or one-time link), machine (this machine or a login).
TABLE = """
viewer   GET  / /wall /events /events/{id} /events/{id}/facts /search /topics /sources /coverage /report /cases /cases/{id}
viewer   GET  /briefings /briefings/edition/{id} /briefings/edition/{id}/{file} /briefings/{name} /rules /slips /slips/{id}
viewer   GET  /reports /reports/{id} /reports/{id}/paper/{name} /log /log/paper/{name} /handovers/{number}
viewer   GET  /handovers/{number}/paper/{name} /playbooks /playbooks/{name} /register /register/sheet /api/openapi.json
viewer   GET  /watches /watches/{id} /topics/words
viewer   POST /report /logout
officer  GET  /briefings/review/{period} /slips/{id}/paper /events/{id}/slip /roster /roster/file/{kind} /cases/file/xlsx
officer  GET  /events/{id}/regroup /events/{id}/merge /events/{id}/split
officer  GET  /watches/{id}/brief/{kind} /export/{what}/{kind}
viewer   POST /searches /searches/{id}/drop
officer  POST /watches /watches/{id}/{act}
officer  POST /events/{id}/act /events/{id}/case /events/{id}/original /events/{id}/slip /events/{id}/report /events/{id}/facts
officer  POST /events/{id}/note /cases/{id}/close /cases/{id}/{act} /briefings/review/{period} /slips/{id}/link /slips/{id}/answer
officer  POST /slips/{id}/decide /reports/{id} /reports/{id}/issue /reports/{id}/drop /log /handovers /register/enter /register/fill
officer  POST /register/sheet /corrections /events/{id}/regroup /silences/{id}/end
editor   GET  /briefings/job/{id} /requests
editor   POST /evidence/{id} /briefings/make /briefings/edition/{id}/edit /briefings/edition/{id}/step
editor   POST /briefings/edition/{id}/propose /briefings/edition/{id}/draft /requests/{number} /playbooks/{name} /register/columns
editor   POST /roster/file /roster/{what}
operator GET  /sources/add /settings /settings/{section} /audit /users
operator POST /sources/add /sources/{id}/order /report/link /settings/{section} /users/{act}
operator GET  /settings/channels /settings/channels/{id}
operator POST /settings/channels/{id}
officer  POST /corrections/undo
public   GET  /about /login /login/oidc /login/oidc/back /healthz
public   POST /about/forget /language /login
link     GET  /report/{token} /setup/{token} /a/{token} /r/{token} /invite/{token}
link     POST /report/{token} /setup/{token} /a/{token} /a/{token}/note /r/{token} /invite/{token}
machine  GET  /metrics
"""
MATRIX = {
    (method, path): needs for needs, method, *paths in map(str.split, TABLE.strip().splitlines()) for path in paths
}
POSTS = [spot for spot in SPOTS if spot.method == "POST"]


def test_no_address_is_forgotten() -> None:
    """The table has exactly the addresses of the dashboard, each with the access that the code gives it."""
    assert {(spot.method, spot.path): spot.needs for spot in SPOTS} == MATRIX
    assert len(SPOTS) == len(MATRIX)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_each_role_comes_as_far_as_the_table_says(tmp_path: Path, role: str | None) -> None:
    """Every address asked by everybody: refused below the table's role, answered from it upwards."""
    with reader(tmp_path, role) as client:
        token = client.token("/about")
        for (method, path), needs in MATRIX.items():
            if path == "/logout":
                continue
            headers = {"origin": BASE, "x-forwarded-for": "192.0.2.7"}
            answer = client.request(
                method, fill(path), data={"csrf": token} if method == "POST" else None, headers=headers
            )
            assert answer.status_code < 500, (role, method, path)
            assert may(role, needs) == (not is_refused(answer)), (role, method, path, answer.status_code)


def may(role: str | None, needs: str) -> bool:
    """What the table says."""
    if needs in {"public", "link"}:
        return True
    return role is not None and ROLES.index(role) >= ROLES.index("viewer" if needs == "machine" else needs)  # type: ignore[arg-type]


def is_refused(answer: object) -> bool:
    """True when the door, not the page, answered."""
    to_login = answer.headers.get("location", "").startswith("/login?next=")  # type: ignore[attr-defined]
    unknown = answer.status_code == 401 and "login needed" in answer.text  # type: ignore[attr-defined]
    return to_login or unknown or answer.status_code == 403  # type: ignore[attr-defined]


def test_every_form_needs_its_field(tmp_path: Path) -> None:
    """Without the field, with another browser's, by JSON or in the address, nothing is taken; that holds for every
    address. A file where none belongs is refused before it is read."""
    with reader(tmp_path) as client:
        token, stolen, here = client.token("/about"), Reader(client.context).token("/about"), {"origin": BASE}
        for spot in POSTS:
            path = fill(spot.path)
            for answer in (
                client.post(path, headers=here), client.post(path, data={"csrf": stolen}, headers=here),
                client.post(path, json={"csrf": token}, headers=here), client.post(f"{path}?csrf={token}", headers=here),
            ):  # fmt: skip
                assert answer.status_code == 403, path
            sent = client.post(path, files={"file": ("x.xlsx", b"PK")}, headers=here)
            assert sent.status_code == (403 if spot.upload else 400), path


def test_other_methods_are_refused(tmp_path: Path) -> None:
    """Nothing is written or deleted by PUT, PATCH or DELETE anywhere."""
    with reader(tmp_path) as client:
        for path in {spot.path for spot in SPOTS}:
            for method in ("PUT", "DELETE", "PATCH"):
                assert client.request(method, fill(path), headers={"origin": BASE}).status_code == 405, (method, path)
