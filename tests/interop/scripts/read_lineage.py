"""Reads events of lineage with the classes of openlineage-python, and prints as JSON how many there were and with which facets.

Fails at a field that these classes do not know, a value of another type, and a schema of another version.
"""

import json
import sys
from importlib import import_module
from pkgutil import iter_modules

import attr
import cattrs
from openlineage.client import generated
from openlineage.client.generated.base import Job, Run, RunEvent, RunFacet

converter = cattrs.Converter(forbid_extra_keys=True)


def exact(value, kind):
    """Not what could be made of it: 1 is no text, and true is no number."""
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


for kind in (str, bool, int, float):
    converter.register_structure_hook(kind, lambda value, _, kind=kind: exact(value, kind))

modules = [import_module(f"{generated.__name__}.{module.name}") for module in iter_modules(generated.__path__)]
classes = {name: each for module in modules for name, each in vars(module).items() if attr.has(each)}


def without_facets(value):
    """The classes hold facets of any kind: each is read by itself."""
    if isinstance(value, list):
        return [without_facets(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: {} if name.lower().endswith("facets") else without_facets(each) for name, each in value.items()}


def facets_of(value):
    if isinstance(value, list):
        for each in value:
            yield from facets_of(each)
    if isinstance(value, dict):
        for name, each in value.items():
            if name.lower().endswith("facets"):
                yield from each.items()
            else:
                yield from facets_of(each)


def read(kind, value, said):
    fields = dict(value)
    schema = fields.pop(said)
    if schema != kind._get_schema():
        raise ValueError(f"{schema} was sent; these classes are of {kind._get_schema()}")
    return converter.structure(fields, kind)


events = json.load(open(sys.argv[1], encoding="utf-8"))
found = set()
for event in events:
    made = read(RunEvent, without_facets(event), "schemaURL")
    assert isinstance(made.run, Run) and isinstance(made.job, Job)
    for name, facet in facets_of(event):
        kind = classes[facet["_schemaURL"].rsplit("/", 1)[1]]
        # A facet of the sender's own has what every facet has, and anything else.
        known = {"_producer", "_schemaURL"} if kind is RunFacet else facet.keys()
        read(kind, {key: facet[key] for key in known}, "_schemaURL")
        found.add(name)

print(json.dumps({"events": len(events), "facets": sorted(found)}))
