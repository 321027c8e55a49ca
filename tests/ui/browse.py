#!/usr/bin/env python3
"""Loads pages of a running server in headless Chromium: browse.py own|folder

ATOLL_URL names the server, which must be empty. One repository is pushed. A page passes if it shows what it should and the browser
complains about nothing but what is expected. Python 3 standard library only.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

URL = os.environ["ATOLL_URL"]
HOST = URL.split("//")[1]
REPOSITORY, TAG = "a/b", "1"
# Virtual time of one page, in milliseconds: waits pass at once.
BUDGET = 10000
# Real time of one page, in seconds.
PATIENCE = 120
# A complaint of a page, and one of its policy, in the browser's log.
CONSOLE = re.compile(r'CONSOLE[:(]\d+.*?"(.*)"')
POLICY = "Content Security Policy"


def send(method, path, body=b"", media_type="application/octet-stream"):
    request = urllib.request.Request(URL + path, data=body, method=method, headers={"Content-Type": media_type})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status


def push():
    """One image with one layer."""
    parts = []
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}})
    for content in (config.encode(), b"a layer"):
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        send("POST", "/v2/%s/blobs/uploads/?digest=%s" % (REPOSITORY, digest), content)
        parts.append({"digest": digest, "size": len(content)})
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": dict(parts[0], mediaType="application/vnd.oci.image.config.v1+json"),
        "layers": [dict(parts[1], mediaType="application/vnd.oci.image.layer.v1.tar")],
    }
    send("PUT", "/v2/%s/manifests/%s" % (REPOSITORY, TAG), json.dumps(manifest).encode(), manifest["mediaType"])


def browse(path, profile):
    """The page after its scripts have run, and what the browser complained about."""
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-default-apps", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--user-data-dir=" + profile, "--enable-logging=stderr", "--virtual-time-budget=%d" % BUDGET,
        "--dump-dom", URL + path,
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise SystemExit("chromium failed with status %d:\n%s" % (done.returncode, done.stderr.decode()[-2000:]))
    complaints = CONSOLE.findall(done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode("utf-8", "replace"), complaints


OWN = [
    ("/", ["<h1>Repositories</h1>", 'href="/image/a%2Fb"', "1 found."]),
    ("/home", ["<h1>Repositories</h1>", 'href="/image/a%2Fb"', "1 found."]),
    ("/explore?search=B", ["Search for B", 'href="/image/a%2Fb"', "1 found."]),
    ("/explore?search=nothing-like-it", ["Nothing is found."]),
    ("/explore?search=a/b:1", ['href="/image/a%2Fb/tag/1"', "1 found."]),
    ("/image/a%2Fb", ["<h1>a/b</h1>", 'href="/image/a%2Fb/tag/1"', "linux/amd64", "1 tags."]),
    ("/image/a%2Fb/tag/1", ["<h1>a/b:1</h1>", "docker pull %s/a/b:1" % HOST, "linux/amd64"]),
    ("/image/a%2Fb/tag/none", ["That did not work"]),
]
FOLDER = [
    ("/", ["at / with {}"]),
    ("/home", ["at /home with {}"]),
    ("/image/a%2Fb/tag/1", ["at /image/a/b/tag/1 with {}"]),
]


def main():
    interface = sys.argv[1]
    push()
    failed = 0
    # The folder's page asks for something that its policy forbids: so it is seen that violations are seen.
    expected = 1 if interface == "folder" else 0
    with tempfile.TemporaryDirectory() as profile:
        for path, texts in OWN if interface == "own" else FOLDER:
            # Again as by a refresh: the browser has everything and asks whether it is still right.
            for turn in ("first", "again"):
                page, complaints = browse(path, profile)
                lines = ["%r is not on the page" % text for text in texts if text not in page]
                violations = [text for text in complaints if POLICY in text]
                if len(violations) != expected:
                    lines.append("%d violations of the policy, expected %d" % (len(violations), expected))
                lines += ["the browser complained: " + text for text in complaints if POLICY not in text or not expected]
                print("%s %s (%s)" % ("FAIL" if lines else "ok  ", path, turn))
                for line in lines:
                    print("     " + line)
                if lines:
                    print(page)
                failed += bool(lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
