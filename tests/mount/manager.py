"""A service manager's ear: manager.py SOCKET FILE

Listens as sd_notify(3) expects it ("@name" is an abstract socket) and appends each
message to FILE as one line, its own newlines as "|".  Prints "ready" first.
"""
import os
import socket
import sys

name, path = sys.argv[1:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\0' + name[1:] if name[0] == '@' else name)
if name[0] != '@':
    os.chmod(name, 0o777)
out = open(path, 'a', buffering=1)
print('ready', flush=True)
while True:
    out.write(s.recv(65536).decode().rstrip('\n').replace('\n', '|') + '\n')
