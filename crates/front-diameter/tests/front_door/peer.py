"""A Diameter credit-control client made of python-diameter: a peer that Talea's authors did not write.

Answers a RAR with 2002 and an ASR with 2001, or with 5002 where the Session-Id ends with "gone"; {"heard": true} prints the next of these.

Usage: peer.py PORT [HOST REALM]. Reads one request as a JSON object from each line of standard input, sends it, and prints the answer as one
JSON object. The end of input, or {"quit": true}, takes leave with a DPR. The first line printed is {"ready": true}.
"""
import json
import queue
import sys

from diameter.message import constants
from diameter.message.avp.grouped import (
    ImsInformation, MultipleServicesCreditControl, PsInformation, RequestedServiceUnit, ServiceInformation,
    SubscriptionId, UsedServiceUnit)
from diameter.message.commands.credit_control import CreditControlRequest
from diameter.node import Node
from diameter.node.application import SimpleThreadingApplication

HOST = "pgw.test.example"
REALM = "test.example"
CREDIT_CONTROL = 4


def request_of(order):
    """A Credit-Control-Request as the order says."""
    ccr = CreditControlRequest()
    ccr.session_id = order["session"]
    ccr.origin_host = HOST.encode()
    ccr.origin_realm = REALM.encode()
    ccr.destination_realm = b"talea.example"
    ccr.auth_application_id = CREDIT_CONTROL
    ccr.service_context_id = order.get("context", "32251@3gpp.org")
    ccr.cc_request_type = order["type"]
    ccr.cc_request_number = order["number"]
    for kind, data in order.get("subscriptions", []):
        ccr.subscription_id.append(SubscriptionId(subscription_id_type=kind, subscription_id_data=data))
    if "action" in order:
        ccr.requested_action = order["action"]
    if "correlation" in order:
        ccr.cc_correlation_id = order["correlation"].encode()
    if "advice" in order:
        ccr.aoc_request_type = order["advice"]
    if order["type"] == constants.E_CC_REQUEST_TYPE_TERMINATION_REQUEST:
        ccr.termination_cause = constants.E_TERMINATION_CAUSE_DIAMETER_LOGOUT
    for service in order.get("services", []):
        mscc = MultipleServicesCreditControl()
        if "rating_group" in service:
            mscc.rating_group = service["rating_group"]
        if "requested" in service:
            mscc.requested_service_unit = RequestedServiceUnit(cc_total_octets=service["requested"])
        if "seconds" in service:
            mscc.requested_service_unit = RequestedServiceUnit(cc_time=service["seconds"])
        if "used" in service:
            mscc.used_service_unit = [UsedServiceUnit(cc_total_octets=service["used"])]
        if "used_seconds" in service:
            mscc.used_service_unit = [UsedServiceUnit(cc_time=service["used_seconds"])]
        ccr.multiple_services_credit_control.append(mscc)
    ccr.service_information = ServiceInformation(ps_information=PsInformation(called_station_id="internet"))
    if "called" in order:
        ims = ImsInformation(called_party_address=order["called"])
        ccr.service_information = ServiceInformation(ims_information=ims)
    ccr.header.is_retransmit = order.get("retransmitted", False)
    return ccr


def avp_at(octets, code):
    """Where the first AVP of that code begins and ends, its padding included."""
    at = 20
    while int.from_bytes(octets[at:at + 4], "big") != code:
        at += (int.from_bytes(octets[at + 5:at + 8], "big") + 3) // 4 * 4
    return at, at + (int.from_bytes(octets[at + 5:at + 8], "big") + 3) // 4 * 4


def damaged(octets, damage):
    """The same message with a mistake: `without` an AVP, `with` octets behind it, another octet in an `avp` or in the `header`."""
    octets = bytearray(octets)
    if "without" in damage:
        begin, end = avp_at(octets, damage["without"])
        del octets[begin:end]
    octets += bytes.fromhex(damage.get("with", ""))
    if "avp" in damage:
        code, offset, octet = damage["avp"]
        octets[avp_at(octets, code)[0] + offset] = octet
    octets[1:4] = len(octets).to_bytes(3, "big")
    if "header" in damage:
        offset, octet = damage["header"]
        octets[offset] = octet
    return bytes(octets)


def refusal_seen_in(answer):
    """What python-diameter makes of the answer to a mistake, whatever its command is."""
    failed = answer.find_avps((constants.AVP_FAILED_AVP, 0))
    return {
        "result_code": answer.find_avps((constants.AVP_RESULT_CODE, 0))[0].value,
        "is_error": answer.header.is_error,
        "failed_avps": [avp.code for avp in failed[0].value] if failed else [],
    }


def value_at(answer, code):
    """The value of an AVP of the command itself, or nothing."""
    found = answer.find_avps((code, 0))
    return found[0].value if found else None


def seen_in(answer):
    """What python-diameter makes of an answer."""
    services = []
    for mscc in answer.multiple_services_credit_control:
        granted = mscc.granted_service_unit
        final = mscc.final_unit_indication
        services.append({
            "result_code": mscc.result_code,
            "rating_group": mscc.rating_group,
            "granted": granted.cc_total_octets if granted else None,
            "seconds": granted.cc_time if granted else None,
            "validity": mscc.validity_time,
            "threshold": mscc.volume_quota_threshold,
            "final_action": final.final_unit_action if final else None,
        })
    messages = answer.find_avps((constants.AVP_ERROR_MESSAGE, 0))
    # Service-Information, IMS-Information, Called-Party-Address.
    called = answer.find_avps((873, 10415), (876, 10415), (832, 10415))
    # Service-Information, AoC-Information; then the accumulated cost, and the costs of the current tariff's elements.
    advice = (873, 10415), (2054, 10415)
    accumulated = answer.find_avps(*advice, (2053, 10415), (2052, 10415), (447, 0))
    unit_costs = answer.find_avps(*advice, (2060, 10415), (2056, 10415), (2058, 10415), (2061, 10415), (447, 0))
    cost = getattr(answer, "cost_information", None)
    return {
        "result_code": answer.result_code,
        "session": answer.session_id,
        "type": answer.cc_request_type,
        "number": answer.cc_request_number,
        "origin_host": answer.origin_host.decode(),
        "cost": [cost.unit_value.value_digits, cost.unit_value.exponent] if cost else None,
        "accumulated": accumulated[0].value if accumulated else None,
        "unit_costs": [cost.value for cost in unit_costs],
        "error_message": messages[0].value if messages else None,
        "is_error": answer.header.is_error,
        "called": called[0].value if called else None,
        # The library has one name for both ways of failure handling.
        "failover": value_at(answer, 418),
        "failure_handling": value_at(answer, 427),
        "debit_failure_handling": value_at(answer, 428),
        "services": services,
    }


def handler(heard):
    """Answers what the server asks, and remembers it."""
    def answer(app, request):
        reply = app.generate_answer(request)
        done = 2002 if request.header.command_code == 258 else 2001
        reply.session_id = request.session_id
        reply.result_code = 5002 if request.session_id.endswith("gone") else done
        kind = getattr(request, "re_auth_request_type", None)
        heard.put({
            "command": request.header.command_code, "session": request.session_id, "kind": kind,
            "application": request.auth_application_id, "destination_host": request.destination_host.decode(),
            "destination_realm": request.destination_realm.decode(), "retransmitted": request.header.is_retransmit,
        })
        return reply
    return answer


def main():
    node = Node(HOST, REALM)
    node.idle_timeout = 1
    node.wakeup_interval = 1
    host, realm = sys.argv[2:4] if len(sys.argv) > 2 else ("ocs.talea.example", "talea.example")
    peer = node.add_peer(f"aaa://{host}:{sys.argv[1]}", realm, ip_addresses=["127.0.0.1"], is_persistent=True)
    heard = queue.Queue()
    app = SimpleThreadingApplication(CREDIT_CONTROL, is_auth_application=True, request_handler=handler(heard))
    # What the server asks is sent to our own realm.
    node.add_application(app, [peer], realms=[REALM, "talea.example"])
    node.start()
    app.wait_for_ready(20)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("quit"):
            break
        try:
            if order.get("heard"):
                print(json.dumps(heard.get(timeout=20)), flush=True)
                continue
            request = request_of(order)
            if "damage" in order:
                encode = request.as_bytes
                request.as_bytes = lambda: damaged(encode(), order["damage"])
            answer = app.send_request(request, timeout=20)
            answer = refusal_seen_in(answer) if "damage" in order else seen_in(answer)
        except Exception as error:  # the test that asked wants to read it
            answer = {"failed": repr(error)}
        print(json.dumps(answer), flush=True)
    node.stop(wait_timeout=10)


main()
