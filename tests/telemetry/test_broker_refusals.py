"""Brokers that refuse, by real brokers: the sentence, the retry, and what `vigil doctor` is told."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.no_loss.proxy import proxy_to
from edge_app.alerts.event import Event, EventType, Level
from edge_app.back_off import BackOffSettings
from edge_app.errors import UserError
from edge_app.telemetry.client import check_broker
from edge_app.telemetry.local_broker import LocalBroker, free_port, local_broker
from edge_app.telemetry.settings import OutboxSettings, TlsSettings
from edge_app.telemetry.telemetry import Telemetry

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command")
needs_amqtt = pytest.mark.skipif(
    importlib.util.find_spec("amqtt") is None, reason="no amqtt: install the extra `demo`"
)
EVENT = Event(EventType.SLEEP, 9.0, 6.0, Level.ALARM)


@pytest.fixture
def password_broker(make_broker: Any, tmp_path: Path) -> Any:
    """Knows car-7 by the password `right`, and lets each vehicle write only below its own name."""
    passwords, rules = tmp_path / "passwords", tmp_path / "acl"
    program = shutil.which("mosquitto_passwd")
    if program is None:
        pytest.skip("no mosquitto_passwd command")
    subprocess.run([program, "-b", "-c", passwords, "car-7", "right"], check=True)
    rules.write_text("pattern write vigil/v1/%u/#\npattern read vigil/v1/%u/#\n")
    passwords.chmod(0o600)
    rules.chmod(0o600)
    broker = make_broker(
        rules=f"allow_anonymous false\npassword_file {passwords}\nacl_file {rules}"
    )
    broker.start()
    return broker


@pytest.mark.mosquitto
def test_bad_password_is_a_sentence_and_the_event_waits(
    password_broker: Any, make_settings: Any, wait: Any, caplog: pytest.LogCaptureFixture
) -> None:
    telemetry = Telemetry(make_settings(password_broker.port, password="wr0ng-secret"), "car-7", {})
    telemetry.start()
    telemetry.post_event(EVENT)
    wait(lambda: telemetry.snapshot().last_error is not None, "the refusal")
    sentence = telemetry.snapshot().last_error
    wait(lambda: telemetry.snapshot().queue_depth == 1, "the event on disk")
    telemetry.close(0.5)
    assert sentence is not None
    assert "check telemetry.username and the password" in sentence
    assert "wr0ng-secret" not in caplog.text + repr(telemetry.__dict__)
    right = Telemetry(make_settings(password_broker.port, password="right"), "car-7", {})
    right.start()
    wait(lambda: right.snapshot().queue_depth == 0, "the event to be delivered")
    right.close(1.0)


@pytest.mark.mosquitto
def test_a_topic_that_may_not_be_written_keeps_the_event(
    password_broker: Any, make_settings: Any, wait: Any
) -> None:
    settings = make_settings(password_broker.port, username="car-7", password="right")
    telemetry = Telemetry(settings, "car-8", {})
    telemetry.start()
    telemetry.post_event(EVENT)
    wait(lambda: "refuses our messages" in (telemetry.snapshot().last_error or ""), "the refusal")
    telemetry.close(0.5)
    assert telemetry.snapshot().queue_depth == 1
    sentence = check_broker(settings, "car-8")
    assert sentence is not None
    assert "refuses our messages" in sentence


@pytest.mark.mosquitto
def test_check_says_nothing_when_all_is_well_and_the_reason_when_not(
    password_broker: Any, make_settings: Any
) -> None:
    port = password_broker.port
    assert check_broker(make_settings(port, password="right"), "car-7") is None
    assert "refuses this user" in str(check_broker(make_settings(port, password="wrong"), "car-7"))
    assert "Nothing accepts connections" in str(check_broker(make_settings(free_port()), "car-7"))
    unknown = make_settings(port, host="no-such-host.invalid")
    assert "not known" in str(check_broker(unknown, "car-7"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a broker certificate for 127.0.0.1, and another authority that signed nothing."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    # Python 3.13 trusts an authority only where its certificate says that it may sign.
    may_sign = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    for name in ("ca", "other"):
        subject = ["-subj", f"/CN=test {name}", *may_sign]
        openssl("req", "-x509", *key, *subject, "-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl("req", *key, "-subj", "/CN=broker", "-keyout", "broker.key", "-out", "broker.csr")
    (folder / "names").write_text(
        "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    openssl("x509", "-req", "-in", "broker.csr", *signed, "-out", "broker.pem")
    return folder


@pytest.fixture
def tls_broker(make_broker: Any, certificates: Path) -> Any:
    files = f"certfile {certificates}/broker.pem\nkeyfile {certificates}/broker.key"
    broker = make_broker(listener=f"cafile {certificates}/ca.pem\n{files}")
    broker.start()
    return broker


@needs_openssl
@pytest.mark.mosquitto
def test_events_go_over_tls(
    tls_broker: Any, certificates: Path, make_settings: Any, wait: Any
) -> None:
    tls = TlsSettings(ca_file=certificates / "ca.pem")
    telemetry = Telemetry(make_settings(tls_broker.port, tls=tls), "car-7", {})
    telemetry.start()
    for _ in range(50):
        telemetry.post_event(EVENT)
    wait(lambda: telemetry.snapshot().queue_depth == 0, "all to be acknowledged")
    assert telemetry.snapshot().connections == 1
    telemetry.close(1.0)


@needs_openssl
@pytest.mark.mosquitto
def test_tls_mismatches_are_sentences(
    tls_broker: Any, broker: Any, certificates: Path, make_settings: Any
) -> None:
    stranger = TlsSettings(ca_file=certificates / "other.pem")
    right = TlsSettings(ca_file=certificates / "ca.pem")
    port = tls_broker.port
    assert "is not trusted" in str(check_broker(make_settings(port, tls=stranger), "car-7"))
    assert "does this port speak TLS" in str(
        check_broker(make_settings(broker.port, tls=right), "car-7")
    )
    assert "expect TLS" in str(check_broker(make_settings(port), "car-7"))
    by_name = make_settings(port, tls=right, host="localhost")
    assert "is not trusted" in str(check_broker(by_name, "car-7"))


@needs_openssl
@pytest.mark.mosquitto
def test_broker_asking_for_a_client_certificate_is_understood(
    make_broker: Any, certificates: Path, make_settings: Any
) -> None:
    files = f"certfile {certificates}/broker.pem\nkeyfile {certificates}/broker.key"
    broker = make_broker(
        listener=f"cafile {certificates}/ca.pem\n{files}\nrequire_certificate true"
    )
    broker.start()
    nameless = TlsSettings(ca_file=certificates / "ca.pem")
    own = TlsSettings(
        ca_file=certificates / "ca.pem",
        certificate_file=certificates / "broker.pem",
        key_file=certificates / "broker.key",
    )
    assert check_broker(make_settings(broker.port, tls=own), "car-7") is None
    assert "client certificate" in str(
        check_broker(make_settings(broker.port, tls=nameless), "car-7")
    )


def test_missing_authority_file_is_told_before_anything_starts(
    make_settings: Any, tmp_path: Path
) -> None:
    tls = TlsSettings(ca_file=tmp_path / "nowhere.pem")
    with pytest.raises(UserError, match=r"telemetry\.tls\.ca_file .*nowhere.pem cannot be read"):
        Telemetry(make_settings(1, tls=tls), "car-7", {})


@pytest.fixture
def amqtt_broker() -> Iterator[LocalBroker]:
    with local_broker("amqtt") as broker:
        yield broker


@needs_amqtt
def test_a_broker_of_3_1_1_is_spoken_to_in_it_and_what_is_lost_is_said(
    amqtt_broker: LocalBroker, make_settings: Any, wait: Any, subscribe: Any
) -> None:
    fleet = subscribe(amqtt_broker.port)
    telemetry = Telemetry(make_settings(amqtt_broker.port), "car-7", {})
    telemetry.start()
    telemetry.post_event(EVENT)
    assert fleet.wait_for("/status", timeout_s=5)[0]["protocol"] == "3.1.1"
    assert fleet.wait_for("/event")[0]["type"] == "sleep"
    wait(lambda: telemetry.snapshot().queue_depth == 0, "the acknowledgement")
    assert "message expiry" in (telemetry.snapshot().lost_by_protocol or "")
    telemetry.close(1.0)


@needs_amqtt
def test_3_1_1_is_not_tried_where_5_is_demanded(
    amqtt_broker: LocalBroker, make_settings: Any
) -> None:
    settings = make_settings(amqtt_broker.port, protocol="5")
    assert "does not know MQTT 5" in str(check_broker(settings, "car-7"))


@pytest.mark.mosquitto
def test_mosquitto_is_spoken_to_in_5(broker: Any, make_settings: Any, wait: Any) -> None:
    telemetry = Telemetry(make_settings(broker.port), "car-7", {})
    telemetry.start()
    wait(lambda: telemetry.snapshot().connected, "the connection")
    assert telemetry.snapshot().protocol == "5"
    assert telemetry.snapshot().lost_by_protocol is None
    telemetry.close(1.0)


@pytest.mark.mosquitto
def test_a_broker_that_hung_up_for_another_reason_is_spoken_to_in_5(
    broker: Any, make_settings: Any, wait: Any
) -> None:
    with proxy_to(broker.port) as proxy:
        proxy.lets_in = False
        settings = make_settings(proxy.port, back_off=BackOffSettings(min_s=0.5, max_s=0.6))
        telemetry = Telemetry(settings, "car-7", {})
        telemetry.start()
        wait(lambda: "hangs up" in (telemetry.snapshot().last_error or ""), "the first attempt")
        proxy.lets_in = True
        wait(lambda: telemetry.snapshot().connected, "the connection")
        assert telemetry.snapshot().protocol == "5"
        telemetry.close(1.0)


def test_a_broker_that_hangs_up_on_5_alone_is_spoken_to_in_3_1_1(
    make_settings: Any, wait: Any
) -> None:
    connect = {b"\x05": b"", b"\x04": b"\x20\x02\x00\x00"}  # protocol level -> answer
    with socket.create_server(("127.0.0.1", 0)) as old:

        def answer() -> None:
            while True:
                visitor, _ = old.accept()
                with visitor:
                    answered = connect[visitor.recv(4096).partition(b"MQTT")[2][:1]]
                    visitor.sendall(answered)
                    while answered and visitor.recv(4096):
                        pass

        threading.Thread(target=answer, daemon=True).start()
        telemetry = Telemetry(make_settings(old.getsockname()[1]), "car-7", {})
        telemetry.start()
        wait(lambda: telemetry.snapshot().connected, "the connection")
        assert telemetry.snapshot().protocol == "3.1.1"
        telemetry.close(0.2)


@pytest.mark.mosquitto
def test_two_units_of_one_name_are_told_what_is_wrong(
    broker: Any, make_settings: Any, wait: Any, tmp_path: Path
) -> None:
    first = Telemetry(make_settings(broker.port), "car-7", {})
    first.start()
    wait(lambda: first.snapshot().connected, "the first unit")
    other_outbox = OutboxSettings(path=tmp_path / "other" / "outbox.sqlite")
    second = Telemetry(make_settings(broker.port, outbox=other_outbox), "car-7", {})
    second.start()
    sentences = set()

    def told() -> bool:
        sentences.update({first.snapshot().last_error, second.snapshot().last_error})
        return any("same vehicle id" in (sentence or "") for sentence in sentences)

    wait(told, "the sentence about the vehicle id")
    second.close(0.5)
    first.close(0.5)


def test_a_server_that_never_answers_is_left_after_the_timeout(make_settings: Any) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        settings = make_settings(mute.getsockname()[1], connect_timeout_s=0.3, protocol="5")
        assert "does not answer within 0.3 s" in str(check_broker(settings, "car-7"))


def test_garbage_instead_of_mqtt_is_a_sentence_not_a_crash(make_settings: Any) -> None:
    with socket.socket() as web:
        web.bind(("127.0.0.1", 0))
        web.listen()

        def answer() -> None:
            for _ in range(2):
                visitor, _ = web.accept()
                visitor.recv(4096)
                visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                visitor.close()

        threading.Thread(target=answer, daemon=True).start()
        settings = make_settings(web.getsockname()[1])
        assert "The broker at 127.0.0.1" in str(check_broker(settings, "car-7"))
