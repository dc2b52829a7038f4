#!/usr/bin/env python3
"""A volume plugin, written from the protocol's text alone: directories below a root of its own.

    plugin.py --root DIR (--socket PATH | --port-file FILE --certificate PEM --key PEM
              [--client-authority PEM]) [--faults FILE] [--calls FILE]

Each Mount of an ID is counted, and each Unmount; what is listed as mounted lies in ROOT/.mounts, so
that it outlives the plugin. Every call is a line in the file of calls. The file of faults says, as
JSON, what is to go wrong: {"Mount": {"fault": "hang", "times": 2}}; without "times", always.
Faults: slow (after "seconds"), hang, garbage, error (500 and nothing of the protocol), cut (hang up
in the middle of the body), late-cut (act, then hang up), refuse (with Err), old (404), die.
"""

import argparse
import fcntl
import json
import os
import shutil
import socket
import socketserver
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler


class Storage:
    def __init__(self, root, scope):
        self.root, self.scope, self.lock = root, scope, threading.Lock()
        self.state = os.path.join(root, ".state")
        self.volumes, self.known = {}, None
        os.makedirs(root, exist_ok=True)

    def load(self):
        """What is remembered, also if somebody changed the file behind our back."""
        try:
            version = self.version()
            if version != self.known:
                with open(self.state) as file:
                    self.volumes, self.known = json.load(file), version
            return self.volumes
        except FileNotFoundError:
            return {}

    def version(self):
        status = os.stat(self.state)
        return status.st_ino, status.st_mtime_ns, status.st_size

    def save(self, volumes):
        with open(self.state + ".new", "w") as file:
            json.dump(volumes, file)
        os.replace(self.state + ".new", self.state)
        self.volumes, self.known = volumes, self.version()

    def path(self, name):
        return os.path.join(self.root, name)

    def describe(self, name, volume):
        return {"Name": name, "Mountpoint": self.path(name), "CreatedAt": volume["created"],
                "Status": {"mounts": len(volume["mounts"]), "options": volume["options"]}}

    def call(self, name, body):
        with self.lock:
            return getattr(self, "do_" + name)(self.load(), body)

    def do_Create(self, volumes, body):
        name = body["Name"]
        if name not in volumes:
            if "bad" in (body.get("Opts") or {}):
                return {"Err": "option bad is not for this storage"}
            os.makedirs(self.path(name), exist_ok=True)
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            volumes[name] = {"created": now, "options": body.get("Opts") or {}, "mounts": []}
            self.save(volumes)
        return {}

    def do_Remove(self, volumes, body):
        volume = volumes.get(body["Name"])
        if volume is None:
            return {"Err": "no such volume"}
        if volume["mounts"]:
            return {"Err": "it is mounted"}
        del volumes[body["Name"]]
        self.save(volumes)
        shutil.rmtree(self.path(body["Name"]))
        return {}

    def do_Mount(self, volumes, body):
        if body["Name"] not in volumes:
            return {"Err": "no such volume"}
        volumes[body["Name"]]["mounts"].append(body["ID"])
        self.save(volumes)
        return {"Mountpoint": self.path(body["Name"])}

    def do_Unmount(self, volumes, body):
        mounts = volumes.get(body["Name"], {"mounts": []})["mounts"]
        if body["ID"] not in mounts:
            return {"Err": "it is not mounted by " + body["ID"]}
        mounts.remove(body["ID"])
        self.save(volumes)
        return {}

    def do_Path(self, volumes, body):
        return {"Mountpoint": self.path(body["Name"]) if body["Name"] in volumes else ""}

    def do_Get(self, volumes, body):
        volume = volumes.get(body["Name"])
        if volume is None:
            return {"Err": "no such volume"}
        return {"Volume": self.describe(body["Name"], volume)}

    def do_List(self, volumes, body):
        return {"Volumes": [self.describe(*item) for item in sorted(volumes.items())]}

    def do_Capabilities(self, volumes, body):
        return {"Capabilities": {"Scope": self.scope}}


class Faults:
    def __init__(self, path):
        self.path, self.lock, self.used = path, threading.Lock(), {}

    def next(self, call):
        """What is to go wrong with this call, if anything."""
        if not self.path:
            return {}
        with self.lock:
            try:
                with open(self.path) as file:
                    fault = json.load(file).get(call, {})
            except (FileNotFoundError, ValueError):
                return {}
            key = call, json.dumps(fault, sort_keys=True)
            self.used[key] = self.used.get(key, 0) + 1
            return fault if self.used[key] <= fault.get("times", 10**9) else {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "somebody"

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        call = self.path.rsplit(".", 1)[-1]
        self.note(call, text)
        fault = self.server.faults.next(call)
        getattr(self, "fault_" + fault.get("fault", "none").replace("-", "_"))(call, text, fault)

    def note(self, call, text):
        if not self.server.calls:
            return
        line = json.dumps({"call": call, "body": text.decode() or None,
                           "accept": self.headers.get("Accept")}) + "\n"
        with open(self.server.calls, "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line)

    def act(self, call, text):
        if self.path == "/Plugin.Activate":
            return {"Implements": self.server.implements}
        if not hasattr(Storage, "do_" + call):
            return None
        return self.server.storage.call(call, json.loads(text or b"{}"))

    def fault_none(self, call, text, fault):
        answer = self.act(call, text)
        if answer is None:
            return self.answer(404, b"404 page not found\n")
        self.answer(500 if answer.get("Err") else 200, json.dumps(answer).encode() + b"\n")

    def fault_slow(self, call, text, fault):
        time.sleep(fault["seconds"])
        self.fault_none(call, text, fault)

    def fault_hang(self, call, text, fault):
        self.server.gone.wait()

    def fault_garbage(self, call, text, fault):
        self.answer(200, b"<html>not what you think</html>")

    def fault_error(self, call, text, fault):
        self.answer(500, b"panic: runtime error\n")

    def fault_refuse(self, call, text, fault):
        self.answer(500, json.dumps({"Err": fault["reason"]}).encode())

    def fault_old(self, call, text, fault):
        self.answer(404, b"404 page not found\n")

    def fault_cut(self, call, text, fault):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"Volume')
        self.wfile.flush()
        self.hang_up()

    def fault_late_cut(self, call, text, fault):
        self.act(call, text)
        self.hang_up()

    def fault_die(self, call, text, fault):
        os._exit(1)

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.docker.plugins.v1.2+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # A client that hangs up is no news.


class SocketServer(Server):
    address_family = socket.AF_UNIX


def main():
    parser = argparse.ArgumentParser()
    for word in ("root", "socket", "port-file", "certificate", "key", "client-authority", "faults",
                 "calls"):
        parser.add_argument("--" + word)
    parser.add_argument("--scope", default="local")
    parser.add_argument("--implements", default="VolumeDriver")
    words = parser.parse_args()
    if words.socket:
        draft = words.socket + ".new"
        for path in (draft, words.socket):
            if os.path.exists(path):
                os.unlink(path)
        server = SocketServer(draft, Handler)
    else:
        server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(words.certificate, words.key)
        if words.client_authority:
            context.load_verify_locations(words.client_authority)
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.storage = Storage(words.root, words.scope)
    server.faults, server.calls = Faults(words.faults), words.calls
    server.implements, server.gone = words.implements.split(","), threading.Event()
    if words.socket:
        os.rename(draft, words.socket)
    else:
        with open(words.port_file + ".new", "w") as file:
            file.write(str(server.server_address[1]))
        os.rename(words.port_file + ".new", words.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
