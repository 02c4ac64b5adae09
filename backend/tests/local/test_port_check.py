import socket

import pytest

from app.errors import SettingsError
from app.local.port_check import Port, check
from tests.local.fake_programs import free_port


def test_free_ports_pass() -> None:
    check([Port(free_port(), "STT_PORT")])


def test_a_taken_port_is_one_sentence_with_its_number_and_variable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]

        with pytest.raises(SettingsError, match=rf"^Port {number} \(TTS_PORT\) is taken by another program"):
            check([Port(number, "TTS_PORT")])


def test_one_port_for_two_programs_names_both_variables() -> None:
    number = free_port()

    with pytest.raises(SettingsError, match=rf"Port {number} is given to both STT_PORT and TTS_PORT"):
        check([Port(number, "STT_PORT"), Port(number, "TTS_PORT")])


def test_an_address_of_another_machine_is_a_sentence_too() -> None:
    with pytest.raises(SettingsError, match=r"\(BACKEND_PORT\) cannot be opened on 192\.0\.2\.1: "):
        check([Port(free_port(), "BACKEND_PORT", "192.0.2.1")])
