#!/usr/bin/env python3
"""Reads images from members until it is told to stop: watch.py IMAGES HIDDEN MEMBER...

IMAGES has lines REPOSITORY DIGEST. 200 with the right bytes and 503 are right answers, and so is none while a member restarts; all
others hide something and go to the file HIDDEN. Ends at SIGTERM and prints how many answers it had.
"""
import hashlib
import http.client
import itertools
import signal
import sys

SECONDS = 20
stopping = False


def stop(*_):
    global stopping
    stopping = True


def read(member, repository):
    connection = http.client.HTTPConnection(member, timeout=SECONDS)
    try:
        connection.request("GET", f"/v2/{repository}/manifests/latest")
        answer = connection.getresponse()
        return answer.status, "sha256:" + hashlib.sha256(answer.read()).hexdigest()
    finally:
        connection.close()


def main():
    images, hidden, *members = sys.argv[1:]
    with open(images, encoding="utf-8") as file:
        images = [line.split() for line in file]
    signal.signal(signal.SIGTERM, stop)
    answers = unavailable = 0
    for number, (repository, digest) in enumerate(itertools.cycle(images)):
        if stopping:
            break
        try:
            status, found = read(members[number % len(members)], repository)
        except (OSError, http.client.HTTPException):
            continue
        answers += 1
        unavailable += status == 503
        if status != 503 and (status, found) != (200, digest):
            with open(hidden, "a", encoding="utf-8") as file:
                file.write(f"{members[number % len(members)]} {repository} {status}\n")
    print(f"{answers} answers, {unavailable} of them 503")


if __name__ == "__main__":
    main()
