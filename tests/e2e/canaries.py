"""What canaries.sh needs: a receiver of webhooks, and the search.

receive FILE: answers webhooks, every third with 500, and appends what they say to FILE; prints its URL.
search CANARIES PLACE=FOLDER ...: fails when a canary lies where it must not, or is missing where it is said to lie.
"""

import base64
import fnmatch
import http.server
import pathlib
import sys
import urllib.parse

# Where a canary may lie in clear, and why. Whatever is not here must be found nowhere.
JOURNAL = ["data/*", "backup/*", "shown/journal.*"]
MAY_LIE = {
    "client_reference": (JOURNAL + ["shown/webhooks", "shown/payment*"],
                         "the client's own word, unique for ever and searched by; clients are told to name no person in it"),
    "reference": (JOURNAL + ["shown/payment*"], "printed on statements by the banks"),
    "email": (JOURNAL, "part of the URL that the client has webhooks sent to"),
    "idempotency": (JOURNAL, "a retried request is found by it"),
    "master_key": (["data/keys/master.key", "backup/keys/master.key"],
                   "where it is kept when no other place is configured; docs/guides/tokens-and-keys.md"),
}
# What must have been put in: of a kind that is missing nothing would be found either.
KINDS = {"name", "account", "debtor", "reference", "client_reference", "email", "idempotency", "api_key", "wrong_key", "other_key",
         "state", "wrong_code", "code", "master_key", "private_key", "webhook_secret", "payer_account", "payer_name",
         "bank_access_token", "bank_id_token"}


def receive(file):
    class Receiver(http.server.BaseHTTPRequestHandler):
        count = 0

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with open(file, "ab") as out:
                out.write(str(self.headers).encode() + body + b"\n")
            Receiver.count += 1
            answer = b"thanks"
            self.send_response(500 if Receiver.count % 3 == 0 else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def spellings(value):
    raw = value.encode()
    yield raw
    yield raw.hex().encode()
    yield urllib.parse.quote(value, safe="").encode()
    # In base64 it may begin at any of three places; its ends depend on their neighbours.
    for shift in range(3):
        yield base64.b64encode(b"\0" * shift + raw)[4 if shift else 0:-4]


def search(canaries_file, places):
    canaries = []
    for line in open(canaries_file, encoding="utf-8"):
        name, value = line.rstrip("\n").split("\t")
        if len(value) < 6:
            sys.exit(f"{name} is too short to be told from others: {value!r}")
        canaries.append((name, {s for s in spellings(value) if len(s) >= 6}))
    names = {name for name, _ in canaries}
    if names != KINDS:
        sys.exit(f"these kinds are missing: {sorted(KINDS - names)}, and these are not known: {sorted(names - KINDS)}")
    found = {}
    files = 0
    for place in places:
        label, folder = place.split("=", 1)
        for path in sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file()):
            files += 1
            content = path.read_bytes()
            where = f"{label}/{path.relative_to(folder)}"
            for name, spelt in canaries:
                if any(s in content for s in spelt):
                    found.setdefault(name, set()).add(where)
    bad = []
    for name, places_found in sorted(found.items()):
        allowed, _ = MAY_LIE.get(name, ([], ""))
        for where in sorted(places_found):
            if not any(fnmatch.fnmatch(where, pattern) for pattern in allowed):
                bad.append(f"{name} lies in clear in {where}")
    for name, (_, reason) in MAY_LIE.items():
        if name not in found:
            bad.append(f"{name} was found nowhere: nothing was searched, or it need not be allowed any more ({reason})")
    if bad:
        sys.exit("\n".join(bad))
    print(f"none of {len(canaries)} canaries ({len(names)} kinds) lies in clear in {files} files, but for "
          f"{', '.join(sorted(MAY_LIE))} where they may")


if sys.argv[1] == "receive":
    receive(sys.argv[2])
else:
    search(sys.argv[2], sys.argv[3:])
