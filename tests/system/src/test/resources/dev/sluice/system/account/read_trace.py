# Copyright the Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a trace by docs/format.md alone, and prints of each event its name, count and the sum of each field.

An integer counts as its value, a float as its bits, a text or bytes as the sum of its bytes; null as nothing. Sums are
modulo 2^64. Usage: read_trace.py DIR
"""
import os
import struct
import sys

HEAD, HEADER = 16, 128
TRACE, TARGET, SCHEMA, PACKET, LOSS, END = 8, 1, 2, 5, 6, 7
NULL_TEXT = bytes.fromhex("e2908000")
NULL_BYTES = bytes.fromhex("e2908000f3c7419dd7931cf4682ae05b")
WIDTHS = {1: 1, 2: 2, 3: 4, 4: 8, 5: 1, 6: 2, 7: 4, 8: 8, 9: 4, 10: 8, 11: 1, 12: 1, 13: 2}


def crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def documents(path):
    """Kind, target and payload of each whole document of a file."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at + 4 <= len(data):
        word, = struct.unpack_from("<I", data, at)
        length = word & 0x3FFFFFFF
        if word == 0 or word & 0x80000000:
            return
        if not word & 0x40000000:
            stated, kind, target, crc, size = struct.unpack_from("<IHHII", data, at + 4)
            payload = data[at + 4 + HEAD:at + 4 + HEAD + size]
            if stated != length or len(payload) != size or crc32c(payload) != crc:
                raise ValueError("damaged document at %d of %s" % (at, path))
            yield kind, target, payload
        at = (at + 4 + length + 3) // 4 * 4


def text(data, at):
    length, = struct.unpack_from("<H", data, at)
    return data[at + 2:at + 2 + length].decode("utf-8", "surrogatepass"), at + 2 + length


def schemas(log):
    """Id, name and fields, each a name, a type and the number of labels, of each declared event."""
    at = 0
    while at < len(log):
        length, kind, number = struct.unpack_from("<IHH", log, at)
        if kind == 1:
            provider, place = text(log, at + 8)
            tracepoint, place = text(log, place)
            count, = struct.unpack_from("<H", log, place)
            place += 2
            fields = []
            for _ in range(count):
                kind = log[place]
                name, place = text(log, place + 2)
                labels = 0
                if kind in (12, 13):
                    labels, = struct.unpack_from("<H", log, place)
                    place += 2
                    for _ in range(labels):
                        _, place = text(log, place)
                fields.append((name, kind, labels))
            yield number, provider + ":" + tracepoint, fields
        at += length


def value(packet, at, kind, labels):
    """What a field counts as, and where the next one begins."""
    if kind in (14, 15):
        length, = struct.unpack_from("<H", packet, at)
        content = packet[at + 2:at + 2 + length]
        is_null = content == (NULL_TEXT if kind == 14 else NULL_BYTES)
        return 0 if is_null else sum(content), at + 2 + length
    width = WIDTHS[kind]
    number = int.from_bytes(packet[at:at + width], "little", signed=kind <= 4)
    is_null = kind in (12, 13) and number == (1 << 8 * width) - 1 and labels <= number
    return 0 if is_null else number, at + width


def read(packet, declared, totals):
    magic, stream_class = struct.unpack_from("<II", packet, 0)
    content_bits, = struct.unpack_from("<Q", packet, 40)
    count, = struct.unpack_from("<I", packet, 96)
    if magic != 0xC1FC1FC1:
        raise ValueError("not a packet")
    at = HEADER
    for _ in range(count):
        word, = struct.unpack_from("<Q", packet, at)
        name, fields = declared[word & 0xFFFF]
        at += 16 if stream_class == 1 else 8
        sums = totals.setdefault(name, [0] * (1 + len(fields)))
        sums[0] += 1
        for index, (_, kind, labels) in enumerate(fields):
            number, at = value(packet, at, kind, labels)
            sums[index + 1] = (sums[index + 1] + number) % (1 << 64)
        end, at = at, (at + 7) // 8 * 8
    if count and end * 8 != content_bits:
        raise ValueError("events end at bit %d and not at %d" % (end * 8, content_bits))


def main(directory):
    declared, totals = {}, {}
    for segment in sorted(entry for entry in os.listdir(directory) if entry.isdigit()):
        folder = os.path.join(directory, segment)
        for name in sorted(entry for entry in os.listdir(folder) if entry.endswith(".cq4")):
            for kind, target, payload in documents(os.path.join(folder, name)):
                if kind == SCHEMA:
                    for number, event, fields in schemas(payload):
                        declared.setdefault(target, {})[number] = event, fields
                elif kind == PACKET:
                    read(payload, declared[target], totals)
    for name in sorted(totals):
        print(name, *totals[name])


main(sys.argv[1])
