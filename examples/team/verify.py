"""Verifies an export of the audit log without asof: docs/audit.md has the formula.

python3 verify.py export.jsonl
"""

import hashlib
import json
import sys


def sha256(data):
    return hashlib.sha256(data).hexdigest()


COLUMNS = "previous_hash id at actor role request_id action subject outcome code answers details_hash".split()
last = None
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        entry = json.loads(line)
        text = json.dumps([entry[column] for column in COLUMNS], separators=(",", ":"), ensure_ascii=False)
        if sha256(text.encode()) != entry["hash"]:
            sys.exit(f"entry {entry['id']} was changed")
        if last and entry["previous_hash"] != last:
            sys.exit(f"entry {entry['id']} does not follow")
        details = entry["details"]
        if details and sha256(bytes.fromhex(entry["salt"]) + details.encode()) != entry["details_hash"]:
            sys.exit(f"the details of entry {entry['id']} were changed")
        last = entry["hash"]
print("verified; the last hash is", last)
