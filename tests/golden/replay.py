#!/usr/bin/env python3
"""Replays the cases against a server and compares its answers with the recorded ones of real zot.

    replay.py --url URL  [--config open|auth|open-docker2s2] [--no-push] [--read-only] [--only REGEX]
                         [--surface NAMES] [--strict] [--json report.json]
    replay.py --urls U1,U2,U3   one cluster: pushes and requests go round robin over the endpoints

The server must be fresh (empty storage) and started with the matching file of config/.  One line per failing
case, its differences below it; the last line is `N passed, M failed`; exit status 1 if anything failed.
Cases marked as defects of zot are not measured by zot's answer but by the demand in cases.json.
"""
import argparse
import http.client
import json
import os
import re
import sys

import corpus as corpus_mod
import push
import wire
from record import load_cases

HERE = os.path.dirname(os.path.abspath(__file__))


def judge_defect(case, want, got):
    """A case on a defect of zot: ("demanded" | "zot" | "neither", lines)."""
    demand = case["demand"]
    out = []
    allowed = demand.get("status")
    if allowed is not None and got["status"] not in (allowed if isinstance(allowed, list) else [allowed]):
        out.append("status: demanded %s, got %s" % (allowed, got["status"]))
    for name, value in demand.get("headers", {}).items():
        if got["headers"].get(name) != value:
            out.append("header %s: demanded %s, got %s" % (name, value, got["headers"].get(name)))
    doc = {"json": got.get("json")}
    if "code" in demand:
        errors = got["json"].get("errors") if isinstance(got.get("json"), dict) else None
        code = errors[0].get("code") if errors else None
        if code != demand["code"]:
            out.append("errors[0].code: demanded %s, got %s" % (demand["code"], code))
    if demand.get("no_errors") and (not isinstance(got.get("json"), dict) or got["json"].get("errors") or got["json"].get("data") is None):
        out.append("demanded data without errors, got %s" % wire.brief(got.get("json")))
    for path, value in demand.get("first", {}).items():
        found = wire.at_path(doc, path)
        if not isinstance(found, list) or not found or found[0] != value:
            out.append("%s: the first item must be %s, got %s" % (path, value, wire.brief(found)))
    for path, values in demand.get("in", {}).items():
        if wire.at_path(doc, path) not in values:
            out.append("%s: demanded one of %s, got %s" % (path, values, wire.at_path(doc, path)))
    for path, items in demand.get("lists", {}).items():
        found = wire.at_path(doc, "json." + path) or []
        if [i.get(k) for (k, _), i in zip(items, found)] != [v for _, v in items] or len(found) != len(items):
            out.append("%s: demanded %s, got %s" % (path, items, wire.brief(found)))
    same = not wire.compare(case, want, got)
    if not out:
        return ("zot" if same else "demanded"), []
    return ("zot", out) if same else ("neither", out)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--url")
    ap.add_argument("--urls")
    ap.add_argument("--config", default="open")
    ap.add_argument("--answers", help="default: answers/CONFIG/answers.json")
    ap.add_argument("--no-push", action="store_true", help="the corpus is already there")
    ap.add_argument("--read-only", action="store_true", help="leave out the cases that write or count")
    ap.add_argument("--only", help="regular expression on the ids")
    ap.add_argument("--surface", help="only the cases of these surfaces, with commas between: dist, ops, ext, ui, graphql")
    ap.add_argument("--demand", action="store_true", help="on a defect of zot accept only what is demanded, not zot's own answer")
    ap.add_argument("--strict", action="store_true", help="also compare what is recorded but not demanded")
    ap.add_argument("--json", help="write a report")
    ap.add_argument("--stop-after", type=int, default=0, help="stop printing after so many failures")
    args = ap.parse_args()
    urls = (args.urls or args.url or "").split(",")
    if not urls[0]:
        ap.error("--url or --urls is needed")
    client = wire.Client(urls)
    meta, cases = load_cases(args.config)
    answers_path = args.answers or os.path.join(HERE, "answers", args.config, "answers.json")
    with open(answers_path, encoding="utf-8") as f:
        answers = json.load(f)
    if args.only:
        cases = [c for c in cases if re.search(args.only, c["id"])]
    if args.surface:
        wanted = args.surface.split(",")
        unknown = sorted(set(wanted) - {c["surface"] for c in cases})
        if unknown:
            ap.error("no case of configuration %s has the surface %s" % (args.config, ", ".join(unknown)))
        cases = [c for c in cases if c["surface"] in wanted]
    if args.read_only:
        cases = [c for c in cases if not c.get("mutates")]
    corpus = corpus_mod.generate(meta["seed"])
    passed, failed, report = 0, 0, []
    if not args.no_push:
        bad = []
        try:
            push.push_corpus(client, corpus, args.config == "auth", on_error=bad.append)
            if args.config == "open-docker2s2":
                push.push_corpus(client, corpus, docker=True, on_error=bad.append)
        except (OSError, http.client.HTTPException) as err:
            print("FAIL push  (%s: %s)" % (type(err).__name__, err))
            print("0 passed, %d failed" % (len(cases) + 1))
            return 1
        for text in bad[:20]:
            print("FAIL push  (%s)" % text)
        if len(bad) > 20:
            print("     and %d more pushes" % (len(bad) - 20))
        failed += len(bad)
    defects = {"demanded": [], "zot": [], "neither": []}
    for case in cases:
        want = answers.get(case["id"])
        entry = {"id": case["id"], "surface": case["surface"]}
        if want is None:
            continue
        try:
            got = wire.run_case(client, case, args.config)
            if "defect" in case:
                word, lines = judge_defect(case, want, got)
                defects[word].append("%s: %s" % (case["id"], case["defect"]))
                for line in lines:
                    defects[word].append("     " + line)
                if word == "zot" and not args.demand:
                    lines = []
                entry["defect"] = word
            else:
                lines = wire.compare(case, want, got, args.strict)
        except Exception as err:  # the server died or answered no HTTP: the case failed, the run goes on
            lines, got = ["%s: %s" % (type(err).__name__, err)], None
        if lines:
            failed += 1
            if not args.stop_after or failed <= args.stop_after:
                print("FAIL %s  (%s)" % (case["id"], case.get("note", "")))
                for line in lines:
                    print("     " + line)
            entry.update(ok=False, differences=lines, got=got)
        else:
            passed += 1
            entry["ok"] = True
        report.append(entry)
    for word, title in (("demanded", "as demanded"), ("zot", "as zot does it"), ("neither", "neither as demanded nor as zot")):
        if defects[word]:
            print("defects of the reference, answered %s:" % title)
            for line in defects[word]:
                print("     " + line)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump({"config": args.config, "urls": urls, "passed": passed, "failed": failed, "cases": report}, out, indent=1, ensure_ascii=False)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
