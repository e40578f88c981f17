"""YAML files whose every value knows its line, held against a JSON schema.

Not yaml.safe_load, which forgets lines and keeps the last of two equal keys.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

Keys = tuple[str | int, ...]  # the way to a value, such as ("terms", 0, "anchor")
Values = dict[Keys, tuple[object, int]]  # each value of a file, with its line
Problem = tuple[int, str]  # line, what is wrong and what to do


class SourceError(ValueError):
    """Everything found wrong, one message per problem in `errors`."""

    def __init__(self, problems: Mapping[str, Iterable[Problem]]):
        """`problems` holds those of each file by its name."""
        self.errors = [
            f"{file}:{line}: {text}"
            for file, found in problems.items()
            for line, text in sorted(set(found))
        ]
        super().__init__("\n".join(self.errors))


def load_folder(folder: Path, schema: dict) -> dict[str, Values]:
    """Every <step>.yml of a folder by its name, sorted; SourceError lists every fault.

    Each file says its `step`, which is its name, and no two entries have one id.
    """
    loaded: dict[str, Values] = {}
    problems: dict[str, list[Problem]] = {}
    ids: dict[str, str] = {}
    for path in sorted(folder.glob("*.y*ml")):
        file = os.path.relpath(path)
        found = problems[file] = []
        if path.suffix != ".yml":
            found.append((1, f"not read: rename it to {path.stem}.yml"))
            continue
        values = read_yaml(path, found)
        if not values:
            continue
        found += schema_problems(values, schema)
        found += repeated_ids(values, file, ids)
        step, line = values.get(("step",), (path.stem, 1))
        if step != path.stem:
            found.append(
                (line, f"step {step!r} in a file named {path.stem}: rename one")
            )
        loaded[file] = values
    if not problems:
        problems[os.path.relpath(folder)] = [(1, "holds no <step>.yml: add one")]
    if any(problems.values()):
        raise SourceError(problems)
    return loaded


def read_yaml(source: Path | str, problems: list[Problem]) -> Values:
    """Every value of a file, or of text, by the keys that lead to it.

    {} when it cannot be read.
    """
    values: Values = {}
    scalars = yaml.constructor.SafeConstructor()

    def read(node: yaml.Node | None, keys: Keys, line: int) -> object:
        value: object
        if isinstance(node, yaml.MappingNode):
            value = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                key_line = key_node.start_mark.line + 1
                if key in value:
                    first = values[*keys, key][1]
                    text = f"`{key}` is on line {first} already: delete one of them"
                    problems.append((key_line, text))
                else:
                    value[key] = read(value_node, (*keys, key), key_line)
        elif isinstance(node, yaml.SequenceNode):
            value = [
                read(item, (*keys, number), item.start_mark.line + 1)
                for number, item in enumerate(node.value)
            ]
        else:
            value = node and scalars.construct_object(node)
            if isinstance(value, float) and not math.isfinite(value):
                problems.append((line, f"{value} is not a finite number: write one"))
        values[keys] = value, line
        return value

    try:
        text = source if isinstance(source, str) else source.read_text("utf-8")
        read(_compose(text), (), 1)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        advice = "text that holds a colon and a space needs quotes or >-"
        problems.append(
            (mark.line + 1 if mark else 1, f"not valid YAML: {reason} ({advice})")
        )
        return {}
    return values


def schema_problems(values: Values, schema: dict) -> Iterator[Problem]:
    """What a JSON schema says is wrong, in the words of the schema's descriptions."""
    data, _ = values[()]
    for error in Draft202012Validator(schema).iter_errors(data):
        keys = tuple(error.absolute_path)
        if "propertyNames" in error.absolute_schema_path:
            keys = (*keys, error.instance)
            known = ", ".join(error.validator_value)
            text = f"unknown key `{error.instance}`: use {known}"
        elif error.validator == "required":
            text = f"{error.message}: add it"
        else:
            is_nested = isinstance(error.instance, dict | list)
            name = (
                field_name(keys)
                if is_nested
                else f"{field_name(keys)} {error.instance!r}"
            )
            text = f"{name} must be {error.schema['description']}"
        yield values[keys][1], text


def repeated_ids(values: Values, file: str, ids: dict[str, str]) -> Iterator[Problem]:
    """Ids seen before, in this file or in one read earlier; `ids` says where."""
    for keys, (value, line) in values.items():
        if len(keys) == 3 and keys[2] == "id" and isinstance(value, str):
            if value in ids:
                yield line, f"id {value!r} is taken by {ids[value]}: choose another"
            ids.setdefault(value, f"{file}:{line}")


def field_name(keys: Keys) -> str:
    """The name of the field a value is in: ("terms", 0, "aliases", 1) is in aliases."""
    return next((key for key in reversed(keys) if isinstance(key, str)), "the file")


def _compose(text: str) -> yaml.Node | None:
    """The root node. The parser in C is ten times faster, and some PyYAML lack it."""
    try:
        return yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return yaml.compose(text, yaml.SafeLoader)  # knows better where the fault is
