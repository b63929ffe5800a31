"""The peers: what else shows remote data as files, with the same data."""


def compare(b, mount, relay, list_command, grep_command):
    pass
