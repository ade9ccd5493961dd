"""Devices, as a ``User-Agent`` tells them."""

import pytest

from models.base.agents import device

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "description"),
    [
        (f"{MOZILLA} (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Linux"),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0.0.0 Safari/537.36",
            "Chrome on Windows",
        ),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0",
            "Edge on Windows",
        ),
        (
            f"{MOZILLA} (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/141.0.0.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        (
            f"{MOZILLA} (Linux; Android 14; Pixel 8) {WEBKIT} Chrome/141.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1 Version/18.5 Mobile/15E1 Safari/604.1",
            "Safari on iOS",
        ),
        (
            f"{MOZILLA} (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1 CriOS/141.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPadOS",
        ),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("Remit for Windows/2.0 (Windows 11)", "Remit on Windows"),
        (f"{MOZILLA} (compatible)", "Unknown device"),
        (MOZILLA, "Unknown device"),
        ("", "Unknown device"),
        ("   ", "Unknown device"),
        ("/", "Unknown device"),
        ("x" * 400, "x" * 60),
    ],
)
def test_a_device_is_told_in_words_that_a_person_recognizes(agent, description):
    assert device(agent) == description
