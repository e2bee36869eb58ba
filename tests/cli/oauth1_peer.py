"""A PAM server whose check of OAuth 1.0a signatures is oauthlib's.

    oauth1_peer.py CONSUMER_KEY CONSUMER_SECRET TOKEN TOKEN_SECRET

Listens on a free port of 127.0.0.1 and prints "port N". Answers a DELETE that oauthlib finds well signed as the API
documents it, any other with 401; prints a line for each: "ok TARGET" or "refused TARGET".
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from oauthlib.oauth1 import RequestValidator, ResourceEndpoint

CONSUMER_KEY, CONSUMER_SECRET, TOKEN, TOKEN_SECRET = sys.argv[1:]

SUCCESS = {"status": 200, "message": "Session terminated", "error": False, "error_code": 0, "detail": ""}
REFUSAL = {"status": 401, "message": "Invalid signature", "error": True, "error_code": 1, "detail": ""}


class Validator(RequestValidator):
    enforce_ssl = False
    dummy_client = dummy_access_token = "dummy"
    stamps = set()

    # Keys and tokens may hold anything here: their encoding is what is on trial.
    def check_client_key(self, client_key):
        return True

    def check_access_token(self, request_token):
        return True

    def check_nonce(self, nonce):
        return len(nonce) >= 22  # 128 bits in Base64

    def validate_client_key(self, client_key, request):
        return client_key == CONSUMER_KEY

    def validate_access_token(self, client_key, token, request):
        return token == TOKEN

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request, request_token=None,
                                     access_token=None):
        used = (timestamp, nonce) in self.stamps
        self.stamps.add((timestamp, nonce))
        return not used

    def get_client_secret(self, client_key, request):
        return CONSUMER_SECRET

    def get_access_token_secret(self, client_key, token, request):
        return TOKEN_SECRET


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint = ResourceEndpoint(Validator())

    def do_DELETE(self):
        uri = "http://" + self.headers["Host"] + self.path
        valid, _ = self.endpoint.validate_protected_resource_request(uri, "DELETE", None, dict(self.headers))
        print("ok" if valid else "refused", self.path, flush=True)
        response = SUCCESS if valid else REFUSAL
        body = json.dumps({"response": response}).encode()
        self.send_response(response["status"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("port", server.server_port, flush=True)
server.serve_forever()
