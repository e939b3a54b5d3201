"""Writes fuzz/corpus-seed: small real packets that the fuzzer starts from.

RADIUS packets are put together octet by octet (the first two are the examples of RFC 2865 section 7), Diameter
messages by python-diameter, which was not written here. Run with target/test-venv/bin/python3 after scripts/test setup;
the result is the same every time and is kept in version control.
"""

import hashlib
import hmac
import pathlib
import struct

from diameter.message import Avp, DefinedMessage, Message
from diameter.message import constants as c
from diameter.message.commands import (
    CapabilitiesExchangeAnswer,
    CapabilitiesExchangeRequest,
    CreditControlAnswer,
    CreditControlRequest,
    DeviceWatchdogAnswer,
    DeviceWatchdogRequest,
    DisconnectPeerRequest,
    ReAuthRequest,
)

SEEDS = pathlib.Path(__file__).parent / "corpus-seed"
# The secret that the fuzz target uses, so that the seeds pass its authenticator checks.
SECRET = b"xyzzy5461"


def radius_attribute(number: int, value: bytes) -> bytes:
    return bytes([number, len(value) + 2]) + value


def radius_vendor(vendor: int, number: int, value: bytes) -> bytes:
    return radius_attribute(26, struct.pack("!IBB", vendor, number, len(value) + 2) + value)


def radius_accounting(code: int, identifier: int, attributes: bytes) -> bytes:
    """A packet whose authenticator is the digest over itself (RFC 2866 section 3, RFC 5176 section 2.3)."""
    head = struct.pack("!BBH", code, identifier, 20 + len(attributes))
    return head + hashlib.md5(head + bytes(16) + attributes + SECRET).digest() + attributes


def radius_signed(code: int, identifier: int, authenticator: bytes, attributes: bytes) -> bytes:
    """A packet that opens with Message-Authenticator (RFC 3579 section 3.2)."""
    length = 20 + 18 + len(attributes)
    head = struct.pack("!BBH", code, identifier, length) + authenticator
    unsigned = head + radius_attribute(80, bytes(16)) + attributes
    return head + radius_attribute(80, hmac.digest(SECRET, unsigned, "md5")) + attributes


def radius_seeds() -> dict[str, bytes]:
    session = radius_attribute(44, b"4D2C-0001") + radius_attribute(1, b"user@example.net")
    session += radius_attribute(4, bytes([192, 0, 2, 16])) + radius_attribute(61, struct.pack("!I", 5))
    counters = b"".join(radius_attribute(n, struct.pack("!I", v)) for n, v in [(42, 4_000_000), (43, 9_000_000), (52, 1), (53, 2), (46, 3600)])
    times = radius_attribute(55, struct.pack("!I", 1_780_300_800)) + radius_attribute(41, struct.pack("!I", 3))
    vendors = radius_vendor(14988, 8, b"10M/10M") + radius_vendor(9, 1, b"ip:sub-qos=10M") + radius_vendor(2011, 29, struct.pack("!I", 10_000_000))
    prefix = radius_attribute(97, bytes([0, 56]) + bytes.fromhex("20010db800010200")) + radius_attribute(25, b"talea-session")
    return {
        "rfc2865-7.1-pap": bytes.fromhex(
            "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a801100506"
            "00000003"
        ),
        "rfc2865-7.2-chap": bytes.fromhex(
            "010100472aee86f08d0d55969ca5978e0d3367a20108666c6f70737903" "1316e97557c316185895f293ff634407"
            "72750406c0a80110050600000014060600000002070600000001"
        ),
        "access-signed": radius_signed(1, 7, bytes(range(16)), session + radius_attribute(32, b"bras-1") + radius_attribute(33, b"proxy")),
        "access-accept": radius_signed(2, 7, bytes(range(16)), vendors + prefix + radius_attribute(27, struct.pack("!I", 3600))),
        "status-server": radius_signed(12, 9, bytes(range(16, 32)), b""),
        "accounting-start": radius_accounting(4, 1, radius_attribute(40, struct.pack("!I", 1)) + session + prefix),
        "accounting-interim": radius_accounting(4, 2, radius_attribute(40, struct.pack("!I", 3)) + session + counters + times),
        "accounting-stop": radius_accounting(4, 3, radius_attribute(40, struct.pack("!I", 2)) + session + counters + times + vendors),
        "accounting-on": radius_accounting(4, 4, radius_attribute(40, struct.pack("!I", 7)) + radius_attribute(32, b"bras-1")),
        "disconnect": radius_accounting(40, 5, session),
        "coa": radius_accounting(43, 6, session + vendors),
    }


def with_ids(message: Message) -> bytes:
    message.header.hop_by_hop_identifier = 0x0A0B0C0D
    message.header.end_to_end_identifier = 0x01020304
    return message.as_bytes()


def from_gateway(message: DefinedMessage) -> DefinedMessage:
    message.origin_host = b"pgw1.example.net"
    message.origin_realm = b"example.net"
    return message


def credit_control(request_type: int, number: int) -> CreditControlRequest:
    request = from_gateway(CreditControlRequest())
    request.session_id = "pgw1.example.net;1780300800;1"
    request.destination_realm = b"talea.example.org"
    request.auth_application_id = c.APP_DIAMETER_CREDIT_CONTROL_APPLICATION
    request.service_context_id = "32251@3gpp.org"
    request.cc_request_type = request_type
    request.cc_request_number = number
    request.add_subscription_id(c.E_SUBSCRIPTION_ID_TYPE_END_USER_E164, "15550100")
    avps = [Avp.new(c.AVP_RATING_GROUP, value=100)]
    if number == 0:
        avps.append(Avp.new(c.AVP_REQUESTED_SERVICE_UNIT, value=[]))
    else:
        used = [Avp.new(c.AVP_CC_TIME, value=30), Avp.new(c.AVP_CC_TOTAL_OCTETS, value=5_000_000)]
        avps.append(Avp.new(c.AVP_USED_SERVICE_UNIT, value=used))
    request.append_avp(Avp.new(c.AVP_MULTIPLE_SERVICES_CREDIT_CONTROL, value=avps))
    return request


def diameter_messages() -> dict[str, bytes]:
    cer = from_gateway(CapabilitiesExchangeRequest())
    cer.host_ip_address = ["192.0.2.16", "2001:db8::16"]
    cer.vendor_id = 10415
    cer.product_name = "gateway"
    cer.auth_application_id = [c.APP_DIAMETER_CREDIT_CONTROL_APPLICATION]
    cea = from_gateway(CapabilitiesExchangeAnswer())
    cea.result_code = c.E_RESULT_CODE_DIAMETER_SUCCESS
    cea.host_ip_address = ["192.0.2.16"]
    cea.vendor_id = 10415
    cea.product_name = "gateway"
    cea.auth_application_id = [c.APP_DIAMETER_CREDIT_CONTROL_APPLICATION]
    dwa = from_gateway(DeviceWatchdogAnswer())
    dwa.result_code = c.E_RESULT_CODE_DIAMETER_SUCCESS
    dpr = from_gateway(DisconnectPeerRequest())
    dpr.disconnect_cause = c.E_DISCONNECT_CAUSE_REBOOTING
    cca = from_gateway(CreditControlAnswer())
    cca.session_id = "pgw1.example.net;1780300800;1"
    cca.result_code = c.E_RESULT_CODE_DIAMETER_SUCCESS
    cca.auth_application_id = c.APP_DIAMETER_CREDIT_CONTROL_APPLICATION
    cca.cc_request_type = c.E_CC_REQUEST_TYPE_UPDATE_REQUEST
    cca.cc_request_number = 1
    granted = [Avp.new(c.AVP_CC_TOTAL_OCTETS, value=10_000_000)]
    mscc = [
        Avp.new(c.AVP_GRANTED_SERVICE_UNIT, value=granted),
        Avp.new(c.AVP_RATING_GROUP, value=100),
        Avp.new(c.AVP_VALIDITY_TIME, value=600),
        Avp.new(c.AVP_RESULT_CODE, value=2001),
    ]
    cca.append_avp(Avp.new(c.AVP_MULTIPLE_SERVICES_CREDIT_CONTROL, value=mscc))
    rar = from_gateway(ReAuthRequest())
    rar.session_id = "pgw1.example.net;1780300800;1"
    rar.destination_realm = b"example.net"
    rar.destination_host = b"pgw1.example.net"
    rar.auth_application_id = c.APP_DIAMETER_CREDIT_CONTROL_APPLICATION
    rar.re_auth_request_type = c.E_RE_AUTH_REQUEST_TYPE_AUTHORIZE_ONLY
    messages = {
        "cer": cer,
        "cea": cea,
        "dwr": from_gateway(DeviceWatchdogRequest()),
        "dwa": dwa,
        "dpr": dpr,
        "ccr-initial": credit_control(c.E_CC_REQUEST_TYPE_INITIAL_REQUEST, 0),
        "ccr-update": credit_control(c.E_CC_REQUEST_TYPE_UPDATE_REQUEST, 1),
        "ccr-terminate": credit_control(c.E_CC_REQUEST_TYPE_TERMINATION_REQUEST, 2),
        "cca-update": cca,
        "rar": rar,
    }
    return {name: with_ids(message) for name, message in messages.items()}


def write(target: str, seeds: dict[str, bytes]) -> None:
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, octets in seeds.items():
        (folder / name).write_bytes(octets)


def peer_seeds(messages: dict[str, bytes]) -> dict[str, bytes]:
    """The form that fuzz_targets/diameter_peer.rs tells: a role, then events, or messages of up to 255 octets."""

    def message(name: str) -> bytes:
        octets = messages[name]
        return bytes([len(octets)]) + octets

    accepted, dialled, dialled_again = bytes([0]), bytes([1]), bytes([2])
    tick, connected, stop = bytes([3]), bytes([4]), bytes([5])
    return {
        "accepted-conversation": accepted + message("cer") + message("dwr") + message("cca-update") + tick + message("dwa") + message("dpr"),
        "accepted-stopped": accepted + message("cer") + stop + message("dpr"),
        "accepted-silent": accepted + message("cer") + tick * 6,
        "accepted-out-of-turn": accepted + message("dwr") + message("cea"),
        "dialled-conversation": dialled + connected + message("cea") + tick + message("dwa") + message("rar") + message("dpr"),
        "dialled-refused": dialled_again + connected + message("dwa") + tick,
        "ready-made": accepted + bytes([6, 9, 3, 9, 3, 3, 12]),
    }


def main() -> None:
    messages = diameter_messages()
    write("radius_decode", radius_seeds())
    write("diameter_decode", messages)
    write("diameter_peer", peer_seeds(messages))


if __name__ == "__main__":
    main()
