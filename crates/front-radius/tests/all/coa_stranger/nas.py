"""A device that takes CoA and Disconnect (RFC 5176), made of pyrad: one that Talea's authors did not write.

Usage: nas.py ADDRESS SECRET SESSION... Knows the named sessions and no others. The first line printed is {"port": N}; then one line
for each request: its code, whether both signatures hold, its attributes, and both datagrams in hexadecimal.
"""
import json
import pathlib
import sys

from pyrad import dictionary, packet, server

ANSWERS = {
    packet.CoARequest: (packet.CoAACK, packet.CoANAK),
    packet.DisconnectRequest: (packet.DisconnectACK, packet.DisconnectNAK),
}
SESSION_CONTEXT_NOT_FOUND = 503


class Nas(server.Server):
    def __init__(self, address, secret, sessions):
        words = dictionary.Dictionary(str(pathlib.Path(__file__).with_name("dictionary")))
        host = server.RemoteHost("127.0.0.1", secret.encode(), "talea")
        super().__init__(addresses=[address], coaport=0, dict=words, hosts={"127.0.0.1": host},
                         auth_enabled=False, acct_enabled=False, coa_enabled=True)
        self.sessions = set(sessions)

    def answer(self, request):
        genuine = request.VerifyCoARequest() and request.verify_message_authenticator()
        session = request["Acct-Session-Id"][0]
        known = session in self.sessions
        ack, nak = ANSWERS[request.code]
        reply = self.CreateReplyPacket(request)
        reply.code = ack if known else nak
        if not known:
            reply["Error-Cause"] = SESSION_CONTEXT_NOT_FOUND
        if known and request.code == packet.DisconnectRequest:
            self.sessions.remove(session)
        attributes = {name: [str(value) for value in request[name]] for name in request.keys() if isinstance(name, str)}
        attributes.pop("Message-Authenticator", None)
        octets = reply.ReplyPacket()
        request.fd.sendto(octets, request.source)
        print(json.dumps({
            "code": request.code, "genuine": genuine, "attributes": attributes, "from": request.source[1],
            "request": request.raw_packet.hex(), "reply": octets.hex(),
        }), flush=True)

    HandleCoaPacket = answer
    HandleDisconnectPacket = answer


nas = Nas(sys.argv[1], sys.argv[2], sys.argv[3:])
print(json.dumps({"port": nas.coafds[0].getsockname()[1]}), flush=True)
nas.Run()
