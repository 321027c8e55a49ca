#!/usr/bin/env python3
"""Pushes small images and prints each as REPOSITORY DIGEST: samples.py URL[,URL...] COUNT [PREFIX]

Requests go round robin over the addresses. The same COUNT gives the same images, so that a second run changes nothing.
"""
import gzip
import hashlib
import http.client
import io
import itertools
import json
import sys
import tarfile
import urllib.parse

NAMES = ["web", "api", "worker", "cache", "queue", "mail", "search", "billing", "report", "proxy", "cron", "login"]
OCI = "application/vnd.oci.image."
SECONDS = 30


class Registry:
    """Asks the addresses in turn."""

    def __init__(self, urls):
        self.turn = itertools.cycle(urls)

    def ask(self, method, path, body=b"", content_type="application/octet-stream", accepted=(200, 201, 202)):
        url = urllib.parse.urlsplit(next(self.turn))
        connection = http.client.HTTPConnection(url.netloc, timeout=SECONDS)
        connection.request(method, path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status not in accepted:
            raise SystemExit(f"{method} {path}: {answer.status} {content.decode(errors='replace').strip()}")
        return answer

    def blob(self, repository, content, media_type):
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        path = f"/v2/{repository}/blobs/"
        if self.ask("HEAD", path + digest, accepted=(200, 404)).status == 404:
            place = self.ask("POST", path + "uploads/").headers["Location"]
            parts = urllib.parse.urlsplit(place)
            target = parts.path + "?" + (parts.query + "&" if parts.query else "") + "digest=" + digest
            self.ask("PUT", target, content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def image(self, repository, tag, seed):
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, text in (("etc/os-release", "NAME=sample\n"), ("app/seed", (seed + "\n") * 2000)):
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))
        layer = layer.getvalue()
        config = {
            "architecture": "amd64", "os": "linux", "created": "2026-01-02T03:04:05Z",
            "config": {"Cmd": ["/app/run"], "Labels": {"org.opencontainers.image.title": repository}},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
            "history": [{"created": "2026-01-02T03:04:05Z", "created_by": "samples.py"}],
        }
        manifest = {
            "schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
            "config": self.blob(repository, json.dumps(config).encode(), OCI + "config.v1+json"),
            "layers": [self.blob(repository, gzip.compress(layer, mtime=0), OCI + "layer.v1.tar+gzip")],
        }
        content = json.dumps(manifest).encode()
        self.ask("PUT", f"/v2/{repository}/manifests/{tag}", content, OCI + "manifest.v1+json")
        return "sha256:" + hashlib.sha256(content).hexdigest()


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    registry, count = Registry(sys.argv[1].split(",")), int(sys.argv[2])
    prefix = sys.argv[3] if len(sys.argv) == 4 else "sample"
    for number in range(count):
        turn, name = divmod(number, len(NAMES))
        repository = f"{prefix}/{NAMES[name]}" + (f"-{turn + 1}" if turn else "")
        print(repository, registry.image(repository, "latest", f"{repository} {number}"))


if __name__ == "__main__":
    main()
