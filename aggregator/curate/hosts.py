"""Hosts as people write them: xn--mnchen-3ya.de → münchen.de."""

from aggregator.curate.tokens import fold


def readable(host: str) -> str:
    """The host, folded, with its internationalized labels decoded; a label that cannot be decoded stays as it is."""
    host = fold(host)
    return ".".join(map(_label, host.split("."))) if "xn--" in host else host


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return fold(label.encode("ascii").decode("idna"))
    except UnicodeError:
        return label
