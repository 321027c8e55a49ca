#!/usr/bin/env bash
# Checks that every relative link in a Markdown file leads to a file of the repository, and every anchor to a heading.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ATOLL_ROOT"

git ls-files -co --exclude-standard -z '*.md' | python3 -c '
import pathlib, re, sys, urllib.parse

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.MULTILINE)


def anchors(text):
    """The anchors that forges make of headings; the second of two equal ones ends in -1, and so on."""
    found = {}
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = found.get(anchor, 0)
        found[anchor] = count + 1
        yield f"{anchor}-{count}" if count else anchor


def broken(path, target):
    parts = urllib.parse.urlsplit(target)
    if parts.scheme or parts.netloc:
        return None
    place = path.parent / urllib.parse.unquote(parts.path) if parts.path else path
    if not place.exists():
        return "there is no such file"
    if root not in [place.resolve(), *place.resolve().parents]:
        return "it leads out of the repository"
    if parts.fragment and place.suffix == ".md" and parts.fragment not in anchors(place.read_text(encoding="utf-8")):
        return "the file has no such heading"
    return None


root = pathlib.Path.cwd().resolve()
links = failures = 0
names = [name for name in sys.stdin.read().split("\0") if name and pathlib.Path(name).exists()]
for name in names:
    path = pathlib.Path(name)
    # Blanked, not cut, so that line numbers stay what they are.
    blank = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    text = CODE.sub(blank, FENCE.sub(blank, path.read_text(encoding="utf-8")))
    for match in LINK.finditer(text):
        links += 1
        why = broken(path, match.group(1))
        if why:
            failures += 1
            line = text.count("\n", 0, match.start()) + 1
            print(f"{name}:{line}: {match.group(1)}: {why}")
print(f"docs: {links} links in {len(names)} files, {failures} broken")
sys.exit(bool(failures) or not links)
'
