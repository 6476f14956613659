"""Proxies in the environment: never for this machine, unchanged for other hosts."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.request import getproxies_environment, proxy_bypass_environment

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.border.proxies import spare_loopback
from testbed.cloud import until
from tests.local.test_run import ROOT, clean, local
from tests.photos import jpeg
from tests.web import serving

NOBODY = "http://127.0.0.1:9"  # the discard port: whatever is sent there is lost
PROXIES = {
    name: NOBODY
    for each in ("http_proxy", "https_proxy", "all_proxy")
    for name in (each, each.upper())
}
COMMAND = [sys.executable, "-m", "cli"]
ASKS_GEMINI = """
import os
from shared.border import proxies
proxies.spare_loopback(os.environ)
from google import genai
client = genai.Client(api_key="k", http_options={"timeout": 10_000})
client.models.generate_content(model="gemini-3.8-flash", contents="x")
"""
HOSTS = st.lists(st.sampled_from(["*", "localhost", "intra.example", ".corp", "10.0.0.0/8"]))


def spared(**environ: str) -> dict[str, str]:
    spare_loopback(environ)
    return environ


@pytest.mark.parametrize("proxy", ["http_proxy", "HTTPS_PROXY", "all_proxy", "GRPC_PROXY"])
def test_any_proxy_is_kept_from_this_machine(proxy: str) -> None:
    assert spared(**{proxy: NOBODY}) == {
        proxy: NOBODY,
        "no_proxy": "127.0.0.1,localhost,::1",
        "NO_PROXY": "127.0.0.1,localhost,::1",
    }


@pytest.mark.parametrize("environ", [{}, {"http_proxy": ""}, {"no_proxy": "intra.example"}])
def test_without_a_proxy_nothing_is_set(environ: dict[str, str]) -> None:
    assert spared(**environ) == environ


def test_grpc_uses_its_own_list_where_one_is_set() -> None:
    environ = spared(grpc_proxy=NOBODY, no_grpc_proxy="intra.example")

    assert environ["no_grpc_proxy"] == "intra.example,127.0.0.1,localhost,::1"


@given(lower=HOSTS, upper=HOSTS, comma=st.sampled_from([",", ", ", " "]))
def test_hosts_already_exempt_stay_exempt_and_adding_them_twice_changes_nothing(
    lower: list[str], upper: list[str], comma: str
) -> None:
    before = {"http_proxy": NOBODY, "no_proxy": comma.join(lower), "NO_PROXY": comma.join(upper)}

    once = spared(**before)

    assert once["no_proxy"] == once["NO_PROXY"]
    named = once["no_proxy"].split(",")
    assert {*lower, *upper} <= set(named)
    assert len(named) == len(set(named))
    assert spared(**once) == once


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.1:8080", "::1"])
def test_the_standard_library_goes_straight_to_this_machine(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    for name, value in spared(**PROXIES).items():
        monkeypatch.setenv(name, value)

    assert proxy_bypass_environment(host)
    assert not proxy_bypass_environment("generativelanguage.googleapis.com")
    assert getproxies_environment()["https"] == NOBODY


@pytest.mark.slow
@pytest.mark.parametrize("proxies", [PROXIES, {"ALL_PROXY": "socks5://127.0.0.1:9"}], ids=str)
def test_the_local_cloud_and_the_command_work_behind_a_proxy_that_swallows_everything(
    tmp_path: Path, proxies: dict[str, str]
) -> None:
    with local(tmp_path, "--no-samples", **proxies) as started:
        started.upload("a.jpg", jpeg())
        until(lambda: started.records().keys() == {"a.jpg"}, patience=120)
        told = subprocess.run(
            [*COMMAND, "results", "a.jpg", "--settings", str(tmp_path / "settings.json")],
            cwd=ROOT,
            env=clean() | proxies,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert (told.returncode, told.stderr) == (0, "")
    assert "a.jpg" in told.stdout


def test_the_real_gemini_is_asked_through_the_proxy() -> None:
    with serving() as proxy:
        proxy.answer(*[b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"] * 5)
        ended = subprocess.run(
            [sys.executable, "-c", ASKS_GEMINI],
            cwd=ROOT,
            env=clean() | {"HTTPS_PROXY": proxy.url, "https_proxy": proxy.url},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert "502 Bad Gateway" in ended.stderr
    assert re.match(rb"CONNECT generativelanguage\.googleapis\.com:443 ", proxy.heard[0])


@pytest.mark.slow
def test_gemini_is_asked_through_a_socks_proxy() -> None:
    with serving() as proxy:
        proxy.says = lambda to: to.sendall(b"\x05\xff")  # no way of signing in will do
        proxy.listens = False
        ended = subprocess.run(
            [sys.executable, "-c", ASKS_GEMINI],
            cwd=ROOT,
            env=clean() | {"ALL_PROXY": f"socks5://127.0.0.1:{proxy.port}"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert "ProxyError" in ended.stderr, ended.stderr
