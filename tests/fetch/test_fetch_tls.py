"""Connections that are not secure: each ends in a sentence that says why."""

import asyncio
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.limits import Limits
from aggregator.model import Request

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


CONFIG = """
[ca]
default_ca = test
[test]
new_certs_dir = {folder}
database = {folder}/index
serial = {folder}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


class Authority:
    """Signs certificates. `openssl ca` is the one command that takes dates in every version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "index").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "ca.cnf").write_text(CONFIG.format(folder=folder))
        self.certificate = self.sign_itself("ca", "Test authority")

    def issue(self, name: str, host: str, since: str = "20200101000000Z", until: str = "20900101000000Z") -> Path:
        """Certificate and key of a host in one file."""
        self._run(f"req {NEW_KEY} -subj /CN={host} -keyout {name}.key -out {name}.csr")
        (self._folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        dates = f"-startdate {since} -enddate {until}"
        self._run(
            f"ca -batch -notext -config ca.cnf -cert ca.crt -keyfile ca.key -in {name}.csr -out {name}.crt -extfile {name}.ext {dates}"
        )
        return self._joined(name)

    def sign_itself(self, name: str, subject: str) -> Path:
        self._run(f"req -x509 {NEW_KEY} -days 30 -keyout {name}.key -out {name}.crt", "-subj", f"/CN={subject}")
        return self._joined(name)

    def _joined(self, name: str) -> Path:
        both = self._folder / f"{name}.pem"
        both.write_text("".join((self._folder / f"{name}.{end}").read_text() for end in ("key", "crt")))
        return both

    def _run(self, command: str, *more: str) -> None:
        subprocess.run(["openssl", *command.split(), *more], cwd=self._folder, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def secure_server(certificate: Path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(reply, "127.0.0.1", 0, ssl=context)
    yield f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    server.close()


async def ask(url: str, authority: Authority | None) -> object:
    trusting = None if authority is None else ssl.create_default_context(cafile=authority.certificate)
    async with Fetcher(user_agent="t/1", limits=Limits(total=3), ssl_context=trusting) as fetcher:
        (answer,) = [answer async for answer in fetcher.fetch(Request(url=url, allow_private=LOOPBACK))]
    return answer


def says(error: object, words: str) -> None:
    assert isinstance(error, FetchError), error
    assert error.reason == "tls"
    assert words in str(error)
    assert str(error).startswith(("localhost shows a certificate that is not valid", "no secure connection to localhost"))


async def test_a_good_certificate_is_accepted(authority) -> None:
    async with secure_server(authority.issue("good", "localhost")) as url:
        assert (await ask(url, authority)).body == b"<rss/>"


async def test_a_certificate_of_an_unknown_authority_is_refused(authority) -> None:
    async with secure_server(authority.issue("good", "localhost")) as url:
        says(await ask(url, None), "unable to get local issuer certificate")


async def test_a_self_signed_certificate_is_refused(authority) -> None:
    async with secure_server(authority.sign_itself("self", "localhost")) as url:
        says(await ask(url, authority), "self-signed certificate")


async def test_an_expired_certificate_is_refused(authority) -> None:
    async with secure_server(authority.issue("expired", "localhost", until="20200201000000Z")) as url:
        says(await ask(url, authority), "certificate has expired")


async def test_a_certificate_that_is_not_valid_yet_is_refused(authority) -> None:
    async with secure_server(authority.issue("future", "localhost", since="20890101000000Z")) as url:
        says(await ask(url, authority), "not yet valid")


async def test_a_certificate_of_another_host_is_refused(authority) -> None:
    async with secure_server(authority.issue("other", "other.example")) as url:
        says(await ask(url, authority), "Hostname mismatch")


async def test_a_server_that_speaks_an_old_protocol_only_is_refused() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5000)
        writer.write(b"\x15\x03\x01\x00\x02\x02\x46")  # alert, fatal, protocol_version (RFC 8446 section 6)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    error = await ask(f"https://localhost:{server.sockets[0].getsockname()[1]}/", None)
    server.close()
    says(error, "protocol version")


def test_what_is_asked_by_default_is_at_least_tls_1_2_and_verified() -> None:
    context = ssl.create_default_context()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


async def test_a_server_that_hangs_up_in_the_handshake_is_a_typed_error() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.transport.abort()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    error = await ask(f"https://localhost:{server.sockets[0].getsockname()[1]}/", None)
    server.close()
    assert isinstance(error, FetchError)
    assert error.reason in ("tls", "connect", "disconnected")


async def test_a_server_that_never_ends_the_handshake_ends_by_the_deadline() -> None:
    ended = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    started = asyncio.get_running_loop().time()
    error = await ask(f"https://localhost:{server.sockets[0].getsockname()[1]}/", None)
    took = asyncio.get_running_loop().time() - started
    ended.set()
    server.close()
    await asyncio.sleep(0.05)
    assert error.reason == "timeout"
    assert took < 4.5
