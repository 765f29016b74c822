"""DNS messages: bytes to a question, an answer to bytes; pure.

Holds: every reply has the question as it was asked (letters' case too); what does not fit is cut to
an empty reply that says so, and the client asks again by TCP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dnslib

from seatrial.network.dns.answer import TTL_S, Answer, Record

HEADER_BYTES = 12
UDP_BYTES_MIN = 512  # what every client takes
UDP_BYTES_MAX = 4096
_OPT = dnslib.QTYPE.reverse["OPT"]
_DATA = {
    "A": dnslib.A,
    "CNAME": dnslib.CNAME,
    "PTR": dnslib.PTR,
    "NS": dnslib.NS,
    "TXT": dnslib.TXT,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `name` without its closing dot."""

    name: str
    type: str  # "A", or "TYPE65" where it has no name
    reply_bytes_max: int  # by UDP
    message: Any  # as dnslib parsed it


class BadMessage(Exception):
    """Not a question; `reply` is what to say to it, empty for nothing."""

    def __init__(self, reply: bytes) -> None:
        super().__init__("not a question")
        self.reply = reply


def parse_question(data: bytes) -> Question:
    """The question in `data`. Raises BadMessage."""
    try:
        message = dnslib.DNSRecord.parse(data)
    except dnslib.DNSError as error:
        raise BadMessage(_format_error(data)) from error
    if message.header.qr:
        raise BadMessage(b"")
    if message.header.opcode != dnslib.OPCODE.QUERY:
        raise BadMessage(_refusal(message, "NOTIMP"))
    if len(message.questions) != 1:
        raise BadMessage(_format_error(data))
    asked = message.q
    sizes = [each.rclass for each in message.ar if each.rtype == _OPT]
    size = min(max([UDP_BYTES_MIN, *sizes]), UDP_BYTES_MAX)
    name = str(asked.qname).rstrip(".")
    return Question(name, dnslib.QTYPE.get(asked.qtype), size, message)


def render_answer(
    question: Question, answer: Answer, *, domain: str, chased: Sequence[Any] = ()
) -> bytes:
    """The reply; `chased` are further records (of dnslib) that another server gave."""
    reply = _reply(question.message)
    reply.header.aa = 1
    reply.header.rcode = dnslib.RCODE.NOERROR if answer.exists else dnslib.RCODE.NXDOMAIN
    for record in answer.records:
        reply.add_answer(_render(record, domain))
    for given in chased:
        reply.add_answer(given)
    for record in answer.extra:
        reply.add_ar(_render(record, domain))
    if not answer.records:
        reply.add_auth(_render(Record(domain, "SOA", domain), domain))
    return bytes(reply.pack())


def render_failure(question: Question) -> bytes:
    """The reply when those who should know cannot be asked: SERVFAIL."""
    return _refusal(question.message, "SERVFAIL")


def cut(question: Question, reply: bytes) -> bytes:
    """`reply` as it may go by UDP."""
    if len(reply) <= question.reply_bytes_max:
        return reply
    short = _reply(question.message)
    short.header.tc = 1
    return bytes(short.pack())


def asking(name: str, kind: str) -> bytes:
    """A question of our own."""
    return bytes(dnslib.DNSRecord.question(name, kind).pack())


def records_in(reply: bytes) -> list[Any]:
    """The answer section of a reply, as dnslib has it. Raises BadMessage."""
    try:
        return list(dnslib.DNSRecord.parse(reply).rr)
    except dnslib.DNSError as error:
        raise BadMessage(b"") from error


def _reply(message: Any) -> Any:
    reply = message.reply(ra=1, aa=0)
    if any(each.rtype == _OPT for each in message.ar):
        reply.add_ar(dnslib.EDNS0(udp_len=UDP_BYTES_MAX))
    return reply


def _render(record: Record, domain: str) -> Any:
    if record.type == "SRV":
        data = dnslib.SRV(0, record.weight, record.port, record.data)
    elif record.type == "SOA":
        # serial, refresh, retry, expire, and how long "there is nothing" may be remembered
        times = (1, 7200, 1800, 86_400, TTL_S)
        data = dnslib.SOA(f"ns.dns.{domain}", f"hostmaster.{domain}", times)
    else:
        data = _DATA[record.type](record.data)
    kind = dnslib.QTYPE.reverse[record.type]
    return dnslib.RR(record.name, kind, rdata=data, ttl=record.ttl_s)


def _refusal(message: Any, code: str) -> bytes:
    reply = _reply(message)
    reply.header.rcode = getattr(dnslib.RCODE, code)
    return bytes(reply.pack())


def _format_error(data: bytes) -> bytes:
    is_answer = len(data) > 2 and data[2] & 0x80
    if len(data) < HEADER_BYTES or is_answer:
        return b""
    return data[:2] + bytes((0x80, 0x01)) + bytes(8)
