"""DNS on the wire, read back by the same library's parser and by hand."""

import dnslib
import pytest

from seatrial.network.dns.answer import NO_SUCH_NAME, NOTHING, Answer, Record
from seatrial.network.dns.message import (
    BadMessage,
    asking,
    cut,
    parse_question,
    records_in,
    render_answer,
    render_failure,
)
from seatrial.network.dns.upstream import parse_resolvers

NAME = "Web.default.svc.cluster.local"


def read(reply: bytes) -> dnslib.DNSRecord:
    return dnslib.DNSRecord.parse(reply)


def rendered(answer: Answer, name: str = NAME, kind: str = "A") -> dnslib.DNSRecord:
    return read(render_answer(parse_question(asking(name, kind)), answer, domain="cluster.local"))


def test_a_question_is_read() -> None:
    question = parse_question(asking(NAME, "SRV"))
    assert (question.name, question.type, question.reply_bytes_max) == (NAME, "SRV", 512)


def test_an_answer_repeats_the_question_and_is_authoritative() -> None:
    reply = rendered(Answer(True, (Record(NAME, "A", "10.96.0.7"),)))
    assert str(reply.q.qname) == f"{NAME}."
    assert (reply.header.aa, reply.header.ra, reply.header.rcode) == (1, 1, 0)
    assert [(str(each.rdata), each.ttl) for each in reply.rr] == [("10.96.0.7", 5)]
    assert reply.auth == []


@pytest.mark.parametrize(("answer", "code"), [(NOTHING, "NOERROR"), (NO_SUCH_NAME, "NXDOMAIN")])
def test_nothing_is_told_with_how_long_to_remember_it(answer: Answer, code: str) -> None:
    reply = rendered(answer)
    assert dnslib.RCODE.get(reply.header.rcode) == code
    (soa,) = reply.auth
    assert (str(soa.rname), soa.ttl, soa.rdata.times[4]) == ("cluster.local.", 5, 5)


def test_every_kind_of_record() -> None:
    records = (
        Record(NAME, "SRV", "target.cluster.local", port=80, weight=50),
        Record(NAME, "CNAME", "example.org"),
        Record(NAME, "PTR", "web.cluster.local"),
        Record(NAME, "NS", "ns.dns.cluster.local"),
        Record(NAME, "TXT", "1.1.0"),
        Record(NAME, "SOA", "cluster.local"),
    )
    extra = (Record("target.cluster.local", "A", "10.0.0.1"),)
    reply = rendered(Answer(True, records, extra))
    assert [dnslib.QTYPE.get(each.rtype) for each in reply.rr] == [each.type for each in records]
    assert (reply.rr[0].rdata.port, reply.rr[0].rdata.weight) == (80, 50)
    assert str(reply.ar[0].rdata) == "10.0.0.1"


def test_records_of_another_server_are_brought_along() -> None:
    question = parse_question(asking(NAME, "A"))
    other = dnslib.DNSRecord.question("example.org").reply()
    other.add_answer(*dnslib.RR.fromZone("example.org 60 A 192.0.2.1"))
    cname = Answer(True, (Record(NAME, "CNAME", "example.org"),))
    chased = records_in(bytes(other.pack()))
    reply = read(render_answer(question, cname, domain="cluster.local", chased=chased))
    assert [str(each.rdata) for each in reply.rr] == ["example.org.", "192.0.2.1"]


def test_what_is_too_long_is_cut_to_nothing_and_says_so() -> None:
    question = parse_question(asking(NAME, "A"))
    long = Answer(True, tuple(Record(NAME, "A", f"10.244.0.{last}") for last in range(200)))
    whole = render_answer(question, long, domain="cluster.local")
    reply = read(cut(question, whole))
    assert (reply.header.tc, reply.rr) == (1, [])
    assert cut(question, b"short") == b"short"


def test_a_client_that_takes_more_gets_more() -> None:
    asked = dnslib.DNSRecord.question(NAME)
    asked.add_ar(dnslib.EDNS0(udp_len=1232))
    question = parse_question(bytes(asked.pack()))
    assert question.reply_bytes_max == 1232
    reply = read(render_answer(question, NOTHING, domain="cluster.local"))
    assert [dnslib.QTYPE.get(each.rtype) for each in reply.ar] == ["OPT"]


def test_a_failure_is_told() -> None:
    reply = read(render_failure(parse_question(asking(NAME, "A"))))
    assert dnslib.RCODE.get(reply.header.rcode) == "SERVFAIL"


@pytest.mark.parametrize("data", [b"", b"\0" * 5, bytes(dnslib.DNSRecord().reply().pack())])
def test_noise_and_answers_are_not_answered(data: bytes) -> None:
    with pytest.raises(BadMessage) as bad:
        parse_question(data)
    assert bad.value.reply == b""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (asking(NAME, "A")[:-3], "FORMERR"),
        (b"\x12\x34" + bytes(10), "FORMERR"),
        (b"\x12\x34\x10" + asking(NAME, "A")[3:], "NOTIMP"),
    ],
)
def test_broken_questions_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadMessage) as bad:
        parse_question(data)
    reply = read(bad.value.reply)
    assert dnslib.RCODE.get(reply.header.rcode) == code
    assert bad.value.reply[:2] == data[:2]


def test_a_broken_answer_of_another_server_is_no_answer() -> None:
    with pytest.raises(BadMessage):
        records_in(b"\0" * 3)


def test_resolvers_of_the_machine() -> None:
    text = "# made by hand\nnameserver 192.0.2.53\nsearch example.org\nnameserver\n"
    assert parse_resolvers(text) == ("192.0.2.53",)
    assert len(parse_resolvers("nameserver 192.0.2.1\n" * 9)) == 3
