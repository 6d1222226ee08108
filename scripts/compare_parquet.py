"""Writes Parquet files of every type, encoding, compression and page version that pyarrow writes, with the texts that
each value must read as. Called by compare-parquet.ts; needs pyarrow."""

import datetime as dt
import decimal
import json
import random
import sys
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
random.seed(1)
N = 3000


def nullable(values):
    return [None if random.random() < 0.15 else value for value in values]


def iso(value, digits, zone):
    """The instant as the reader writes it: the day at midnight, else milliseconds and what goes beyond."""
    day, nanos = divmod(value, 86_400 * 10**9)
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    if nanos == 0:
        return date.isoformat()
    seconds, fraction = divmod(nanos, 10**9)
    text = f"{fraction:09d}"[:digits]
    while len(text) > 3 and text.endswith("000"):
        text = text[:-3]
    return f"{date.isoformat()}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{text}{zone}"


def integers(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return [low, high, 0] + [random.randint(low, high) for _ in range(N - 3)]


columns = {}
for bits in (8, 16, 32, 64):
    for signed in (True, False):
        name = f"{'' if signed else 'u'}int{bits}"
        values = nullable(integers(bits, signed))
        columns[name] = (pa.array(values, getattr(pa, name)()), [None if v is None else str(v) for v in values])
few = nullable([random.choice(["é", "stay", "", "x" * 100, "日本"]) for _ in range(N)])
columns["few"] = (pa.array(few), few)
many = nullable([f"U-{i:06d}-{random.random()}" for i in range(N)])
columns["many"] = (pa.array(many), many)
large = nullable([f"L{i}" for i in range(N)])
columns["large"] = (pa.array(large, pa.large_string()), large)
flags = nullable([random.random() < 0.5 for _ in range(N)])
columns["flags"] = (pa.array(flags), [None if v is None else str(v) for v in flags])
columns["constant"] = (pa.array([True] * N), ["True"] * N)
columns["nothing"] = (pa.nulls(N), [None] * N)
doubles = nullable([random.gauss(0, 1) * 10 ** random.randint(-300, 300) for _ in range(N)])
columns["doubles"] = (pa.array(doubles), [None if v is None else ("number", v) for v in doubles])
floats = pa.array(nullable([random.gauss(0, 100) for _ in range(N)]), pa.float32())
columns["floats"] = (floats, [None if v is None else ("number", v) for v in floats.to_pylist()])
halves = pa.array(nullable([random.gauss(0, 100) for _ in range(N)])).cast(pa.float16())
columns["halves"] = (halves, [None if v is None else ("number", float(v)) for v in halves.to_pylist()])
days = nullable([random.randint(-700_000, 2_900_000) for _ in range(N)])
epoch = dt.date(1970, 1, 1)
columns["days"] = (
    pa.array(days, pa.date32()),
    [None if v is None else (epoch + dt.timedelta(days=v)).isoformat() for v in days],
)
for unit, per, digits in (("s", 1, 3), ("ms", 10**3, 3), ("us", 10**6, 6), ("ns", 10**9, 9)):
    for zone in (None, "UTC", "Europe/Berlin"):
        span = 9_000_000_000
        values = nullable([random.randint(-span * per, span * per) // (1 if i % 3 else 86_400 * per) * (1 if i % 3 else 86_400 * per) for i in range(N)])
        expected = [None if v is None else iso(v * 10**9 // per, digits, "Z" if zone else "") for v in values]
        columns[f"at_{unit}_{zone}".replace("/", "_")] = (pa.array(values, pa.timestamp(unit, zone)), expected)
for precision, scale in ((5, 2), (9, 0), (18, 6), (38, 10), (60, 30)):
    with decimal.localcontext() as context:
        context.prec = 80
        values = nullable([decimal.Decimal(random.randint(-(10**precision) + 1, 10**precision - 1)).scaleb(-scale) for _ in range(N)])
    kind = pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
    columns[f"decimal_{precision}_{scale}"] = (pa.array(values, kind), [None if v is None else f"{v:f}" for v in values])
ids = nullable([uuid.UUID(int=random.getrandbits(128)) for _ in range(N)])
columns["ids"] = (
    pa.ExtensionArray.from_storage(pa.uuid(), pa.array([v and v.bytes for v in ids], pa.binary(16))),
    [v and str(v) for v in ids],
)
words = nullable([json.dumps({"a": i, "b": [1.50, 9007199254740993]}) for i in range(N)])
columns["json"] = (pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(words)), words)
columns["dictionary"] = (pa.array(few).dictionary_encode(), few)
required = [str(i) for i in range(N)]
columns["required"] = (pa.array(required), required)

fields = [pa.field(name, array.type, nullable=name != "required") for name, (array, _) in columns.items()]
table = pa.Table.from_arrays([array for array, _ in columns.values()], schema=pa.schema(fields))
texts = {name: expected for name, (_, expected) in columns.items()}

variants = []
for compression in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
    for version in ("1.0", "2.0"):
        for dictionary in (True, False):
            variants.append(dict(compression=compression, data_page_version=version, use_dictionary=dictionary, data_page_size=1 << random.randint(7, 16), row_group_size=random.choice([700, N])))
variants.append(dict(use_deprecated_int96_timestamps=True))
variants.append(dict(store_decimal_as_integer=True))
plain = {name for name, (array, _) in columns.items() if not isinstance(array, (pa.DictionaryArray, pa.ExtensionArray))}
encodings = {}
for name in plain:
    kind = table.schema.field(name).type
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        encodings[name] = ("DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT")
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        encodings[name] = ("DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY")
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        encodings[name] = ("BYTE_STREAM_SPLIT", "BYTE_STREAM_SPLIT")
    elif pa.types.is_boolean(kind):
        encodings[name] = ("RLE", "PLAIN")
for choice in (0, 1):
    for version in ("1.0", "2.0"):
        variants.append(dict(use_dictionary=False, column_encoding={name: pair[choice] for name, pair in encodings.items()}, data_page_version=version))

files = []
for i, options in enumerate(variants):
    path = f"{folder}/{i}.parquet"
    pq.write_table(table, path, **options)
    kinds = {name: "ns" for name in columns if name.startswith("at_")} if "use_deprecated_int96_timestamps" in options else {}
    files.append({"path": path, "options": {key: str(value)[:80] for key, value in options.items()}, "int96": bool(kinds)})
json.dump({"texts": texts, "files": files}, open(f"{folder}/expected.json", "w"))
