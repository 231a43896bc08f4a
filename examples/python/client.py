#!/usr/bin/env python3
"""A client of a node that is made from the node's own OpenAPI document, with the standard library alone.

    client = Client("http://127.0.0.1:7650")
    client.status()["height"]
    client.headers(**{"from": 1, "to": 10})      # bytes
    client.submit(body, wait="committed")        # a dictionary

Each operation of the document is a method. Its arguments are the operation's parameters by name; a body comes first.
A request that fails raises Problem, which has the status and the stable code.

As a program it posts the transaction in a file, waits for the block, and prints what it read:

    client.py http://127.0.0.1:7650 TRANSACTION
"""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

# Longer than a node lets a client wait for a block, in seconds.
PATIENCE = 90


class Problem(Exception):
    """A problem document, as RFC 9457 has it."""

    def __init__(self, document):
        super().__init__(document["detail"])
        self.status = document["status"]
        self.code = document["code"]


class Client:
    """The operations of a node."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.document = json.loads(self.request("GET", "/v1/openapi.json", None)[0])
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                setattr(self, operation["operationId"], self.operation(path, method.upper(), operation))

    def operation(self, path, method, operation):
        """The function that calls an operation."""
        known = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
        takes_body = "requestBody" in operation

        def call(*bodies, **arguments):
            if len(bodies) != int(takes_body):
                raise TypeError(f"{operation['operationId']} takes {int(takes_body)} body")
            for name in arguments:
                if name not in known:
                    raise TypeError(f"{operation['operationId']} has no parameter {name}")
            for name, parameter in known.items():
                if parameter.get("required") and name not in arguments:
                    raise TypeError(f"{operation['operationId']} needs {name}")
            place, query = path, {}
            for name, value in arguments.items():
                if known[name]["in"] == "path":
                    place = place.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
                else:
                    query[name] = value
            if query:
                place += "?" + urllib.parse.urlencode(query)
            answer, kind = self.request(method, place, bodies[0] if bodies else None)
            return json.loads(answer) if kind == "application/json" else answer

        call.__doc__ = operation.get("summary")
        return call

    def request(self, method, place, body):
        """The bytes of an answer and their content type."""
        headers = {} if body is None else {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(self.url + place, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.read(), answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            raise Problem(json.loads(error.read())) from None


def main():
    url, path = sys.argv[1:]
    client = Client(url)
    with open(path, "rb") as file:
        outcome = client.submit(file.read(), wait="committed")
    height = int(outcome["height"])
    block = client.block(height=height)
    headers = client.headers(**{"from": height, "to": height + 1})
    try:
        client.block(height=height + 1_000_000)
        missing = "there"
    except Problem as problem:
        missing = problem.code
    print(json.dumps({
        "network": client.status()["network"],
        "outcome": outcome,
        "block": block.hex(),
        "headers": headers.hex(),
        "missing": missing,
    }))


if __name__ == "__main__":
    main()
