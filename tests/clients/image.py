#!/usr/bin/env python3
"""Writes a small image for two platforms as an OCI image layout: image.py DIR [--seed TEXT] [--tag TAG] [--single]

The same arguments give the same bytes. The image has two layers for each platform, one of them shared, and an
index over both; --single writes the linux/amd64 manifest only, without an index.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import tarfile

CREATED = "2024-01-02T03:04:05Z"
PREFIX = "application/vnd.oci.image."


class Layout:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(os.path.join(folder, "blobs", "sha256"), exist_ok=True)

    def add(self, data, media_type, **more):
        """Stores a blob and returns its descriptor."""
        if not isinstance(data, bytes):
            data = json.dumps(data, separators=(",", ":")).encode()
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.folder, "blobs", "sha256", name), "wb") as blob:
            blob.write(data)
        return dict({"mediaType": media_type, "digest": "sha256:" + name, "size": len(data)}, **more)

    def name(self, descriptor, tag):
        self.write("index.json", {"schemaVersion": 2, "mediaType": PREFIX + "index.v1+json", "manifests": [
            dict(descriptor, annotations={"org.opencontainers.image.ref.name": tag})]})
        self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            json.dump(value, file)


def tar(name, content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = len(content), 0o644, 1704164645
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def noise(seed, size):
    """Bytes that do not compress, the same for the same seed."""
    out = b""
    while len(out) < size:
        out += hashlib.sha256(b"%s %d" % (seed.encode(), len(out))).digest()
    return out[:size]


def manifest(layout, seed, architecture):
    layers = [tar("etc/shared", noise(seed + " shared", 200_000)), tar("bin/" + architecture, noise(seed + architecture, 50_000))]
    config = layout.add({
        "created": CREATED, "architecture": architecture, "os": "linux",
        "config": {"Cmd": ["/bin/" + architecture], "Labels": {"test.seed": seed}},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]},
        "history": [{"created": CREATED, "created_by": "image.py"} for _ in layers],
    }, PREFIX + "config.v1+json")
    return layout.add({
        "schemaVersion": 2, "mediaType": PREFIX + "manifest.v1+json", "config": config,
        "layers": [layout.add(gzip.compress(layer, mtime=0), PREFIX + "layer.v1.tar+gzip") for layer in layers],
    }, PREFIX + "manifest.v1+json", platform={"architecture": architecture, "os": "linux"})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--seed", default="one")
    parser.add_argument("--tag", default="v1")
    parser.add_argument("--single", action="store_true")
    args = parser.parse_args()
    layout = Layout(args.folder)
    if args.single:
        top = manifest(layout, args.seed, "amd64")
        del top["platform"]
    else:
        children = [manifest(layout, args.seed, architecture) for architecture in ("amd64", "arm64")]
        top = layout.add({"schemaVersion": 2, "mediaType": PREFIX + "index.v1+json", "manifests": children}, PREFIX + "index.v1+json")
    layout.name(top, args.tag)
    print(top["digest"])


if __name__ == "__main__":
    main()
