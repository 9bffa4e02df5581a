"""No test can reach the outside by accident."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.filterwarnings("ignore:A test tried")
def test_the_network_is_closed_but_for_loopback() -> None:
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))

    with socket.socket() as loopback, pytest.raises(ConnectionRefusedError):
        loopback.connect(("127.0.0.1", 9))
