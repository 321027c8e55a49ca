"""HTTP, normalisation and comparison shared by push.py, record.py and replay.py."""
import base64
import http.client
import itertools
import json
import re
import socket
import time
import urllib.parse
from datetime import datetime, timezone

import corpus as corpus_mod

USERS = {"alice": "alice-secret", "bob": "bob-secret", "carol": "carol-secret"}
SEARCH = "/v2/_zot/ext/search"

# ----------------------------------------------------------------------------------------- requests


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        values = [v for k, v in self.headers if k.lower() == name.lower()]
        return ", ".join(values) if values else None

    def text(self):
        return self.body.decode("utf-8", "replace")


class Client:
    """Requests spread round robin over the given base URLs, one kept connection each."""

    def __init__(self, urls, timeout=60):
        self.urls = [u.rstrip("/") for u in urls]
        self.turn = itertools.cycle(range(len(self.urls)))
        self.timeout = timeout
        self.kept = {}

    def _connection(self, i):
        if i not in self.kept:
            u = urllib.parse.urlsplit(self.urls[i])
            kind = http.client.HTTPSConnection if u.scheme == "https" else http.client.HTTPConnection
            self.kept[i] = kind(u.hostname, u.port, timeout=self.timeout)
        return self.kept[i]

    def send(self, method, path, headers=None, body=None, auth=None, on=None):
        i = next(self.turn) if on is None else on
        if path.startswith(self.urls[i]):
            path = path[len(self.urls[i]):]
        send = {"Accept-Encoding": "identity", "User-Agent": "atoll-golden/1"}
        send.update(headers or {})
        if auth:
            user, password = auth if isinstance(auth, tuple) else (auth, USERS[auth])
            send["Authorization"] = basic(user, password)
        if body is None and method in ("POST", "PUT", "PATCH"):
            body = b""
        for attempt in (1, 2):
            conn = self._connection(i)
            try:
                conn.putrequest(method, path, skip_host=False, skip_accept_encoding=True)
                for k, v in send.items():
                    for one in v if isinstance(v, list) else [v]:
                        conn.putheader(k, one)
                if body is not None and not any(k.lower() == "content-length" for k in send):
                    conn.putheader("Content-Length", str(len(body)))
                try:
                    conn.endheaders(body if body else None)
                except (BrokenPipeError, ConnectionResetError):
                    # a server may answer a large body before it has read it all: look for that answer
                    if not body or len(body) < 100000:
                        raise
                got = conn.getresponse()
                data = got.read()
                reply = Reply(got.status, got.getheaders(), data)
                if got.will_close:
                    conn.close()
                    self.kept.pop(i, None)
                return reply
            except (http.client.HTTPException, ConnectionError, BrokenPipeError, socket.timeout) as err:
                conn.close()
                self.kept.pop(i, None)
                # a kept connection may have been closed meanwhile: once more on a new one
                if attempt == 2 or isinstance(err, socket.timeout):
                    raise
        return None

    def close(self):
        for conn in self.kept.values():
            conn.close()
        self.kept = {}


def wait_ready(url, seconds=60):
    client = Client([url], timeout=5)
    end = time.time() + seconds
    while time.time() < end:
        try:
            if client.send("GET", "/v2/").status in (200, 401):
                client.close()
                return True
        except OSError:
            time.sleep(0.2)
    return False


def query_path(path, params):
    if not params:
        return path
    pairs = params.items() if isinstance(params, dict) else params
    pairs = [(k, v) for k, v in pairs]
    return path + "?" + urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote)


# ----------------------------------------------------------------------------------------- normalisation

HEADERS = ("Content-Type", "Docker-Content-Digest", "Docker-Distribution-API-Version", "OCI-Subject",
           "OCI-Filters-Applied", "OCI-Tag", "Link", "Location", "Range", "Content-Range", "Accept-Ranges",
           "WWW-Authenticate", "Blob-Upload-UUID")

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
# What a better answer may carry although the reference does not: replay allows these beside the recorded headers.
WELCOME = ("Accept-Ranges", "Docker-Distribution-API-Version", "Docker-Content-Digest", "Blob-Upload-UUID")
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")

# Lists which the schema offers in no order and which the reference fills from a Go map.
SETS = ("Platforms", "Vendors", "Annotations", "SignatureInfo")


def instant(text):
    """Nanoseconds since 1970 of an RFC 3339 time."""
    m = re.match(r"^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$", text)
    try:
        when = datetime.fromisoformat(m.group(1) + ("+00:00" if m.group(3) == "Z" else m.group(3)))
    except ValueError:
        return 0
    return int(when.astimezone(timezone.utc).timestamp()) * 10 ** 9 + int((m.group(2) or "0").ljust(9, "0")[:9])


RUN_STARTS = instant(corpus_mod.LAST_CREATED)


def canonical(value):
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _collect_times(value, key, found):
    if isinstance(value, dict):
        for k, v in value.items():
            _collect_times(v, k, found)
    elif isinstance(value, list):
        for v in value:
            _collect_times(v, key, found)
    elif isinstance(value, str) and TIME.match(value):
        at = instant(value)
        if at >= RUN_STARTS:
            found.setdefault(key, set()).add(at)


def _walk(value, key, ranks, urls):
    if isinstance(value, dict):
        if key == "detail" and isinstance(value.get("description"), str):
            value = dict(value, description="<description>")
        return {k: _walk(v, k, ranks, urls) for k, v in value.items()}
    if isinstance(value, list):
        out = [_walk(v, key, ranks, urls) for v in value]
        return sorted(out, key=canonical) if key in SETS else out
    if isinstance(value, str):
        if TIME.match(value):
            at = instant(value)
            if at >= RUN_STARTS:
                return "<time %d>" % ranks[key].index(at)
            return value
        value = UUID.sub("<uuid>", value)
        for url in urls:
            value = value.replace(url, "<server>")
    return value


def normal_json(doc, urls=()):
    """Times of this run become their rank among those of the same key in the same answer (0 = earliest),
    so null, epoch and 'set' stay different and order stays visible."""
    found = {}
    _collect_times(doc, "", found)
    ranks = {k: sorted(v) for k, v in found.items()}
    doc = _walk(doc, "", ranks, urls)
    if isinstance(doc, dict) and isinstance(doc.get("errors"), list) and "data" in doc:
        # root fields run at the same time: their errors come in no order
        doc["errors"] = sorted(doc["errors"], key=canonical)
    return doc


def normal_header(name, value, urls=()):
    if value is None:
        return None
    value = UUID.sub("<uuid>", value)
    value = re.sub(r"boundary=\S+", "boundary=<boundary>", value)
    for url in urls:
        value = value.replace(url, "")
    return value


def normal_reply(reply, case, urls=()):
    """What record.py keeps of a reply."""
    wanted = list(HEADERS) + list(case.get("record_headers", []))
    if case.get("method") == "HEAD" and reply.status < 300:
        wanted.append("Content-Length")
    headers = {}
    for name in wanted:
        value = normal_header(name, reply.header(name), urls)
        if name == "Set-Cookie" and value is not None:
            value = sorted(c.split("=", 1)[0].strip() for k, c in reply.headers if k.lower() == "set-cookie")
        if value is not None:
            headers[name] = value
    out = {"status": reply.status, "headers": headers}
    text = reply.text()
    how = case.get("body_as", "auto")
    if how in ("size", "digest") and reply.status >= 300:
        how = "auto"
    if how == "none":
        return out
    if how == "size":
        out["size"] = len(reply.body)
        return out
    if how == "digest":
        out["sha256"] = corpus_mod.digest_of(reply.body)
        return out
    try:
        doc = json.loads(text) if text.strip() else None
    except ValueError:
        doc = None
    if doc is not None and isinstance(doc, (dict, list)):
        out["json"] = normal_json(doc, urls)
        for path in case.get("mask", []):
            mask(out["json"], path.split("."))
    else:
        out["text"] = UUID.sub("<uuid>", text)
    return out


def mask(doc, path):
    """Replaces what stands at the path by a word for its kind."""
    if not path:
        return
    head, rest = path[0], path[1:]
    if head == "*":
        for item in doc if isinstance(doc, list) else list(doc.values()):
            mask(item, rest)
        return
    if isinstance(doc, list) and head.isdigit() and int(head) < len(doc):
        mask(doc[int(head)], rest)
        return
    if not isinstance(doc, dict) or head not in doc:
        return
    if rest:
        mask(doc[head], rest)
    else:
        doc[head] = "<%s>" % type(doc[head]).__name__


# ----------------------------------------------------------------------------------------- comparison

def at_path(doc, path):
    for part in path.split("."):
        if isinstance(doc, list):
            doc = doc[int(part)] if int(part) < len(doc) else None
        elif isinstance(doc, dict):
            doc = doc.get(part)
        else:
            return None
    return doc


def set_path(doc, path, value):
    parts = path.split(".")
    for part in parts[:-1]:
        doc = doc[int(part)] if isinstance(doc, list) else doc[part]
    if isinstance(doc, list):
        doc[int(parts[-1])] = value
    else:
        doc[parts[-1]] = value


def key_of(item, keys):
    return canonical([at_path(item, k) if isinstance(item, dict) else item for k in keys])


def groups(items, keys):
    return [(k, list(g)) for k, g in itertools.groupby(items, key=lambda x: key_of(x, keys))]


def differences(want, got, path="", out=None, limit=12):
    """Short lines naming where two JSON values differ."""
    out = [] if out is None else out
    if len(out) >= limit:
        return out
    if isinstance(want, dict) and isinstance(got, dict):
        for k in list(want) + [k for k in got if k not in want]:
            if k not in got:
                out.append("%s: missing, wanted %s" % (path + "." + k, brief(want[k])))
            elif k not in want:
                out.append("%s: not wanted, got %s" % (path + "." + k, brief(got[k])))
            else:
                differences(want[k], got[k], path + "." + k, out, limit)
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            out.append("%s: wanted %d items, got %d" % (path, len(want), len(got)))
        for i, (a, b) in enumerate(zip(want, got)):
            differences(a, b, "%s[%d]" % (path, i), out, limit)
    elif type(want) is not type(got) or want != got:
        out.append("%s: wanted %s, got %s" % (path, brief(want), brief(got)))
    return out[:limit]


def brief(value, most=110):
    text = canonical(value)
    return text if len(text) <= most else text[:most] + "..."


def tie_differences(want_doc, got_doc, tie):
    """Compares one sorted list whose order within equal keys is open.

    tie: {"path", "keys", "cut": "first|last|both|none"} - a group cut by the page border is compared by its
    size only, because the reference picks its members by an unstable sort."""
    want, got = at_path(want_doc, tie["path"]), at_path(got_doc, tie["path"])
    if not isinstance(want, list) or not isinstance(got, list):
        return differences(want, got, tie["path"])
    keys = tie["keys"]
    a, b = groups(want, keys), groups(got, keys)
    if [(k, len(g)) for k, g in a] != [(k, len(g)) for k, g in b]:
        return ["%s: sort keys differ: wanted %s, got %s" % (
            tie["path"], brief([(k, len(g)) for k, g in a], 300), brief([(k, len(g)) for k, g in b], 300))]
    out = []
    cut = tie.get("cut", "none")
    for n, ((k, x), (_, y)) in enumerate(zip(a, b)):
        x, y = sorted(x, key=canonical), sorted(y, key=canonical)
        if x == y:
            continue
        if len(a) and ((n == 0 and cut in ("first", "both")) or (n == len(a) - 1 and cut in ("last", "both"))):
            continue
        out += differences(x, y, "%s{%s}" % (tie["path"], k))
    return out


def loosen(body, case):
    """Drops what is recorded but not demanded (see README: loose)."""
    doc = json.loads(json.dumps(body))
    loose = case.get("loose")
    if isinstance(doc, dict) and "code" in doc and "message" in doc:
        doc = {"errors": [doc]}  # the reference sends a bare object where authentication fails; the specification wants the list
    if isinstance(doc, dict) and "data" in doc and isinstance(doc.get("errors"), list):
        for err in doc["errors"]:
            if isinstance(err, dict):
                err.pop("locations", None)
        doc["errors"] = sorted(doc["errors"], key=canonical)
    if loose == "validation" and isinstance(doc, dict):
        for err in doc.get("errors") or []:
            for k in ("message", "locations", "extensions", "path"):
                err.pop(k, None)
        if isinstance(doc.get("errors"), list):
            doc["errors"] = ["error"] if doc["errors"] else []
    if loose == "dist" and isinstance(doc, dict):
        for err in (doc["errors"] if isinstance(doc.get("errors"), list) else [doc]):
            if isinstance(err, dict):
                err.pop("message", None)
                err.pop("detail", None)
    return doc


def compare(case, want, got, strict=False):
    """Lines saying what differs; empty when the answers agree."""
    out = []
    if want["status"] != got["status"]:
        out.append("status: wanted %s, got %s %s" % (want["status"], got["status"], brief(got.get("json", got.get("text", "")), 160)))
        return out
    skip = set() if strict else set(case.get("loose_headers", []))
    if case.get("loose") in ("validation", "any", "dist") and not strict and want["status"] >= 400:
        skip.add("Content-Type")
    for name in list(want["headers"]) + [n for n in got["headers"] if n not in want["headers"]]:
        if name in skip:
            continue
        if not strict and name not in want["headers"] and (name in WELCOME or (name == "Range" and got["status"] == 416)):
            continue
        if want["headers"].get(name) != got["headers"].get(name):
            out.append("header %s: wanted %s, got %s" % (name, want["headers"].get(name), got["headers"].get(name)))
    for part in ("size", "sha256", "text"):
        if want.get(part) != got.get(part):
            if part == "text" and case.get("loose") and not strict:
                continue
            if part == "text" and ("json" in got or "json" in want):
                continue
            out.append("%s: wanted %s, got %s" % (part, brief(want.get(part)), brief(got.get(part))))
    if ("json" in want) != ("json" in got):
        if not (case.get("loose") == "any" and not strict):
            out.append("body: wanted %s, got %s" % (brief(want.get("json", want.get("text"))), brief(got.get("json", got.get("text")))))
    elif "json" in want:
        a, b = want["json"], got["json"]
        if not strict:
            a, b = loosen(a, case), loosen(b, case)
        a, b = json.loads(json.dumps(a)), json.loads(json.dumps(b))
        for tie in case.get("ties", []):
            out += tie_differences(a, b, tie)
            if at_path(a, tie["path"]) is not None and at_path(b, tie["path"]) is not None:
                set_path(a, tie["path"], "compared above")
                set_path(b, tie["path"], "compared above")
        out += differences(a, b, "")
    return out


# ----------------------------------------------------------------------------------------- cases

def fill(value, captured):
    if isinstance(value, str):
        for k, v in captured.items():
            value = value.replace("{" + k + "}", v)
        return value
    if isinstance(value, dict):
        return {k: fill(v, captured) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, captured) for v in value]
    return value


def body_of(step):
    if "json" in step:
        return json.dumps(step["json"], ensure_ascii=False).encode()
    body = step.get("body")
    if body is None:
        return None
    if isinstance(body, dict) and "repeat" in body:
        return body["repeat"].encode() * body["times"]
    if isinstance(body, dict) and "base64" in body:
        return base64.b64decode(body["base64"])
    return body.encode()


def request_of(step):
    """method, path, headers, body of a case or of one of its setup steps."""
    headers = dict(step.get("headers", {}))
    if "basic" in step:
        headers["Authorization"] = basic(*step["basic"])
    path = query_path(step["path"], step.get("params"))
    if "query" in step:
        if step["method"] == "GET":
            pairs = [("query", step["query"])]
            for k in ("variables", "operationName", "extensions"):
                if k in step:
                    pairs.append((k, step[k] if isinstance(step[k], str) else json.dumps(step[k])))
            return "GET", query_path(step["path"], pairs), headers, None
        doc = {k: step[k] for k in ("query", "variables", "operationName", "extensions") if k in step}
        headers.setdefault("Content-Type", "application/json")
        return step["method"], path, headers, json.dumps(doc, ensure_ascii=False).encode()
    return step["method"], path, headers, body_of(step)


def capture(reply, what, urls):
    """A header, `cookies` (as a client would send them back) or `json:member`."""
    if what == "cookies":
        return "; ".join(v.split(";", 1)[0] for k, v in reply.headers if k.lower() == "set-cookie")
    if what.startswith("json:"):
        try:
            return str(json.loads(reply.text())[what[5:]])
        except (ValueError, KeyError, TypeError):
            return ""
    return normal_location(reply.header(what) or "", urls)


def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()


def run_case(client, case, config):
    captured = {}
    auth = case.get("auth", "none")

    def go(step, on=None):
        step = fill(step, captured)
        method, path, headers, body = request_of(step)
        who = step.get("auth", auth)
        if config == "open" and not case.get("send_auth"):
            who = "none"
        reply = client.send(method, path, headers, body, None if who == "none" else who, on)
        for name, what in step.get("capture", {}).items():
            captured[name] = capture(reply, what, client.urls)
        return reply

    try:
        for step in case.get("setup", []):
            for _ in range(step.get("times", 1)):
                go(step)
        reply = go({k: v for k, v in case.items() if k not in ("setup", "cleanup")})
        got = normal_reply(reply, case, client.urls)
    finally:
        for step in case.get("cleanup", []):
            try:
                go(step)
            except (OSError, http.client.HTTPException):
                pass
    return got


def normal_location(value, urls):
    for url in urls:
        if value.startswith(url):
            return value[len(url):]
    return value
