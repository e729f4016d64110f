"""Text messages and calls: signed as the clouds document it, few words, nobody rung twice for another's sake."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from bell import Bell, FakeChannel
from fake_clouds import SECRET, USER, FakeAliyun, FakeTencent, FakeTwilio
from msgspec.structs import replace as replace_struct
from test_notify_contract import CLOUDS, HOSTILE, LINK, MESSAGE, NOW, delivery

from alerts.notify import aliyun, tencent
from alerts.notify.base import Failed, Sent
from alerts.notify.phones import describe
from alerts.notify.twilio import write_speech, write_text
from alerts.settings import ChannelSpec, Secret


def open_phone(kind: str, service, monkeypatch, **more: object):
    monkeypatch.setenv("T_CLOUD", SECRET)
    spec = ChannelSpec(
        "p", kind, user=USER, password=Secret(env="T_CLOUD"), sender="+8657100000000", to=["13800138000", "13900139000"],
        template="T1", app="1400", base_url=service.url,
    )  # fmt: skip
    return CLOUDS[kind][1](replace_struct(spec, **more))


def test_tencents_signature_is_that_of_its_own_library():
    """Golden pair: signed by tencentcloud-sdk-python-common 3.1.195 over the same call."""
    signed = tencent.sign("sms", '{"中":"x"}'.encode(), "sms.tencentcloudapi.com", ("AKIDTEST", "SECRETTEST"), NOW)
    assert signed["X-TC-Timestamp"] == "1788623040"
    assert signed["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDTEST/2026-09-05/sms/tc3_request, SignedHeaders=content-type;host, "
        "Signature=79d5a42bea6b81d918ec8f37bbea302bb94bfad3168608ae020eaad6b8cda63a"
    )


def test_aliyuns_signature_is_that_of_its_own_library():
    """Golden pair: signed by alibabacloud-openapi-util 0.2.4 over the same call."""
    query = {
        "PhoneNumbers": "13800138000", "SignName": "澜川学院", "TemplateCode": "SMS_1",
        "TemplateParam": '{"number": "A-1", "matter": "a b*~"}',
    }  # fmt: skip
    headers = {
        "host": "dysmsapi.aliyuncs.com", "x-acs-action": "SendSms", "x-acs-version": "2017-05-25",
        "x-acs-date": "2026-09-05T15:44:00Z", "x-acs-signature-nonce": "n",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }  # fmt: skip
    made = aliyun.authorize(headers, aliyun.write_canonical(query), ("AKIDTEST", "SECRETTEST"))
    assert made.endswith("Signature=c7bab44a63e26e872373624a735205255095dd473a6f2b64a4e7ad094fe555e8")


@pytest.mark.parametrize(
    ("kind", "fake", "skew", "said"),
    [
        ("aliyun", FakeAliyun, timedelta(minutes=20), "InvalidTimeStamp"),
        ("tencent", FakeTencent, timedelta(minutes=6), "SignatureExpire"),
    ],
)
def test_a_wrong_clock_is_refused_and_named(monkeypatch, kind, fake, skew, said):
    """The service's name for a clock that is wrong comes through, and trying again is useless."""
    with fake(NOW + skew) as service:
        answer = open_phone(kind, service, monkeypatch).send(delivery())
    assert isinstance(answer, Failed)
    assert answer.permanent
    assert said in answer.said


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_wrong_key_is_refused(monkeypatch, kind):
    """A key that is not the account's is a permanent failure without a word of it."""
    with CLOUDS[kind][0](NOW) as service:
        monkeypatch.setenv("T_WRONG", "CANARY123-wrong")
        answer = open_phone(kind, service, monkeypatch, password=Secret(env="T_WRONG")).send(delivery())
    assert isinstance(answer, Failed)
    assert answer.permanent
    assert "CANARY123" not in repr(answer)


@pytest.mark.parametrize("kind", CLOUDS)
def test_every_number_is_rung_once(monkeypatch, kind):
    """Each number of the list gets one message; an officer's own number replaces the list."""
    with CLOUDS[kind][0](NOW) as service:
        phone = open_phone(kind, service, monkeypatch)
        assert isinstance(phone.send(delivery()), Sent)
        assert len(service.taken) == 2
        assert isinstance(phone.send(delivery(address="+86 137-0013-7000")), Sent)
        assert len(service.taken) == 3
        assert "13700137000" in str(service.taken[-1])


@pytest.mark.parametrize("kind", CLOUDS)
def test_one_of_two_reached_is_sent_and_says_so(monkeypatch, kind):
    """When one number is refused the other is not rung again; what was wrong is kept."""
    with CLOUDS[kind][0](NOW) as service:
        service.refuse()
        answer = open_phone(kind, service, monkeypatch).send(delivery())
    assert isinstance(answer, Sent)
    assert "1 of 2 numbers" in answer.said


@pytest.mark.parametrize("kind", CLOUDS)
def test_no_number_is_a_sentence(monkeypatch, kind):
    """A channel without a usable number fails for good, before any call."""
    with CLOUDS[kind][0](NOW) as service:
        answer = open_phone(kind, service, monkeypatch, to=["none"]).send(delivery())
        assert answer == Failed("nobody has a usable telephone number on this channel", permanent=True)


def test_a_templates_variables_are_short_and_without_links():
    """Operators refuse links, brackets and long words; what is said is number and matter."""
    words = describe(replace(MESSAGE, headline=f"【橙】{HOSTILE} https://evil.example/x", number="A-0042"))
    assert words["number"] == "A-0042"
    assert len(words["matter"]) <= 30
    assert not [sign for sign in ("http", "【", "<", "[", "\u202e") if sign in words["matter"]]
    assert describe(MESSAGE)["matter"] == "橙 二食堂 疑似食物中毒"


def test_a_text_keeps_its_link_and_a_call_its_words():
    """Twilio's text ends with the whole link, a call reads escaped words in their language."""
    long = replace(MESSAGE, headline="长" * 900)
    assert write_text(long).endswith(f"… {LINK}")
    assert len(write_text(long)) <= 481
    speech = write_speech(replace(MESSAGE, headline="<Say>& 着火"))
    assert 'language="zh-CN"' in speech
    assert "&lt;Say&gt;&amp;" in speech


def test_calls_are_calls(monkeypatch):
    """With `voice` the clouds' calling interfaces are asked, not those for texts."""
    with FakeAliyun(NOW) as one, FakeTencent(NOW) as two, FakeTwilio(NOW) as three:
        assert isinstance(open_phone("aliyun", one, monkeypatch, voice=True).send(delivery()), Sent)
        assert isinstance(open_phone("tencent", two, monkeypatch, voice=True).send(delivery()), Sent)
        assert isinstance(open_phone("twilio", three, monkeypatch, voice=True).send(delivery()), Sent)
    assert {body["action"] for body in one.taken} == {"SingleCallByTts"}
    assert json.loads(one.taken[0]["TtsParam"])["matter"] == "橙 二食堂 疑似食物中毒"
    assert two.taken[0]["CalledNumber"] == "+8613800138000"
    assert "<Say" in three.taken[0]["Twiml"]


def test_each_officer_is_rung_on_the_own_number(tmp_path):
    """Two officers with numbers are rung each when nobody answers; a group of several channels is not doubled."""
    bell = Bell(tmp_path, {"chat": FakeChannel(), "phone": FakeChannel()})
    bell.specs["phone"] = ChannelSpec("phone", "aliyun")
    bell.restart()
    for name, number in (("li", "13800138000"), ("wu", "13900139000")):
        bell.officer(name, "officer", phone=number)
        bell.shift(name, "00:00", "+7 00:00")
    bell.alert("10:00")
    bell.run("10:03")
    assert bell.fakes["phone"].addresses == []
    assert len(bell.chat.taken) == 1
    bell.run("10:06")
    assert sorted(bell.fakes["phone"].addresses) == ["13800138000", "13900139000"]
