"""Exports in a tool's file, and what a person changes in them, as the tool would write it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, Self
from xml.etree import ElementTree

from typer.testing import CliRunner, Result

from cli.app import app
from shared.corrections import store
from shared.corrections.correction import Correction
from shared.jobs.record import Record
from tests.shared.exports.exporting import command

TOOLS = ("coco", "cvat", "label-studio")


class File(Protocol):
    """A file as a person edits it."""

    def label(self, name: str, new: str) -> None:
        """Give the objects of a label another one."""

    def move(self, name: str, across: int, down: int) -> None:
        """Move the boxes of a label by so many pixels."""

    def delete(self, name: str) -> None:
        """Delete the objects of a label."""

    def add(self, name: str, left: int, top: int, right: int, bottom: int) -> None:
        """Draw a box in the first photo."""

    def save(self) -> Path:
        """Write it."""


class Coco:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "annotations.json"
        self.facts = json.loads(self.path.read_text())

    def _of(self, name: str) -> list[dict[str, Any]]:
        ids = [each["id"] for each in self.facts["categories"] if each["name"] == name]
        return [each for each in self.facts["annotations"] if each["category_id"] in ids]

    def _category(self, name: str) -> int:
        for each in self.facts["categories"]:
            if each["name"] == name:
                return int(each["id"])
        number = len(self.facts["categories"]) + 1
        self.facts["categories"].append({"id": number, "name": name, "supercategory": ""})
        return number

    def label(self, name: str, new: str) -> None:
        for each in self._of(name):
            each["category_id"] = self._category(new)

    def move(self, name: str, across: int, down: int) -> None:
        for each in self._of(name):
            left, top, width, height = each["bbox"]
            each["bbox"] = [left + across, top + down, width, height]

    def delete(self, name: str) -> None:
        gone = self._of(name)
        self.facts["annotations"] = [x for x in self.facts["annotations"] if x not in gone]

    def add(self, name: str, left: int, top: int, right: int, bottom: int) -> None:
        self.facts["annotations"].append(
            {
                "id": max((each["id"] for each in self.facts["annotations"]), default=0) + 1,
                "image_id": self.facts["images"][0]["id"],
                "category_id": self._category(name),
                "bbox": [left, top, right - left, bottom - top],
                "segmentation": [],
                "iscrowd": 0,
                "area": 1,
            }
        )

    def save(self) -> Path:
        self.path.write_text(json.dumps(self.facts))
        return self.path


class Cvat:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "annotations.xml"
        self.root = ElementTree.fromstring(self.path.read_text("utf-8"))

    def _of(self, name: str) -> list[tuple[ElementTree.Element, ElementTree.Element]]:
        return [
            (image, each)
            for image in self.root.iter("image")
            for each in image
            if each.get("label") == name
        ]

    def label(self, name: str, new: str) -> None:
        for _, each in self._of(name):
            each.set("label", new)

    def move(self, name: str, across: int, down: int) -> None:
        for _, each in self._of(name):
            for key in each.attrib.keys() & {"xtl", "xbr", "left"}:
                each.set(key, str(int(each.attrib[key]) + across))
            for key in each.attrib.keys() & {"ytl", "ybr", "top"}:
                each.set(key, str(int(each.attrib[key]) + down))

    def delete(self, name: str) -> None:
        for image, each in self._of(name):
            image.remove(each)

    def add(self, name: str, left: int, top: int, right: int, bottom: int) -> None:
        place = {"xtl": left, "ytl": top, "xbr": right, "ybr": bottom}
        attributes = {"label": name, **{key: f"{value}.00" for key, value in place.items()}}
        image = next(self.root.iter("image"))
        ElementTree.SubElement(image, "box", attributes)

    def save(self) -> Path:
        self.path.write_bytes(ElementTree.tostring(self.root))
        return self.path


class LabelStudio:
    """The prediction becomes an annotation with the regions that are left."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tasks.json"
        self.tasks = json.loads(self.path.read_text())
        for task in self.tasks:
            regions = task["predictions"][0]["result"]
            task["annotations"] = [{"id": 1, "result": json.loads(json.dumps(regions))}]

    def _regions(self, keep: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        return [
            region
            for task in self.tasks
            for region in task["annotations"][0]["result"]
            if keep(region)
        ]

    def _of(self, name: str) -> list[dict[str, Any]]:
        return self._regions(lambda region: region["value"][region["type"]] == [name])

    def label(self, name: str, new: str) -> None:
        for each in self._of(name):
            each["value"][each["type"]] = [new]

    def move(self, name: str, across: int, down: int) -> None:
        for each in self._of(name):
            if each["type"] != "brushlabels":
                each["value"]["x"] += 100 * across / each["original_width"]
                each["value"]["y"] += 100 * down / each["original_height"]

    def delete(self, name: str) -> None:
        for task in self.tasks:
            (annotation,) = task["annotations"]
            gone = self._of(name)
            annotation["result"] = [each for each in annotation["result"] if each not in gone]

    def add(self, name: str, left: int, top: int, right: int, bottom: int) -> None:
        (annotation,) = self.tasks[0]["annotations"]
        size = annotation["result"][0]
        width, height = size["original_width"], size["original_height"]
        annotation["result"].append(
            {
                **{key: size[key] for key in ("original_width", "original_height", "to_name")},
                "id": "aB3_xYz90q",
                "type": "rectanglelabels",
                "from_name": "box",
                "image_rotation": 0,
                "value": {
                    "x": left * 100 / width,
                    "y": top * 100 / height,
                    "width": (right - left) * 100 / width,
                    "height": (bottom - top) * 100 / height,
                    "rotation": 0,
                    "rectanglelabels": [name],
                },
            }
        )

    def save(self) -> Path:
        self.path.write_text(json.dumps(self.tasks))
        return self.path


_FILES: dict[str, Callable[[Path], File]] = {
    "coco": Coco,
    "cvat": Cvat,
    "label-studio": LabelStudio,
}


class Exported:
    """An export, and the file in it."""

    def __init__(self, folder: Path, tool: str, *options: str) -> None:
        self.tool = tool
        ended = command("--format", tool, "--out", folder, *options)
        assert ended.exit_code == 0, ended.output
        self.file = _FILES[tool](folder)

    def edit(self, change: Callable[[File], None]) -> Self:
        change(self.file)
        return self

    def imported(self, *options: str) -> Result:
        return run("import", self.file.save(), "--who", "anna", *options)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["corrections", *map(str, arguments)])


def newest(record: Record) -> Correction:
    found = store.newest(record.folder)
    assert found is not None
    return found
