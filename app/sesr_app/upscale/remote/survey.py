"""Finding the images on stores and naming their results, while they are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sesr.errors import UsageError
from sesr_app.storage import Entry, Place, is_url
from sesr_app.upscale.options import UpscaleOptions
from sesr_app.upscale.plan.inputs import STANDARD_INPUT, InputImage, is_hidden, kind_of
from sesr_app.upscale.plan.outputs import Job, refuse_useless
from sesr_app.upscale.remote.spec import Item


@dataclass(frozen=True)
class _Source:
    """An input: a folder, or one file of it.

    Attributes:
        given: its folder as on the command line.
        place: the same.
        only: the file; empty for the whole folder.
    """

    given: str
    place: Place
    only: str = ""


class Survey:
    """Lists the inputs, a folder at a time, and compares each with the folder of its results.

    What it keeps in memory is the names of one folder, so that a bucket of any size is gone
    through; where there are several inputs, it also keeps all names of results.

    Args:
        options: of the command line.

    Attributes:
        sources: folders of the inputs, as they were given.
        target: folder of the output, as it was given.
        place: the same.
        single: whether one file becomes one file.
        passed_over: images of kinds that are not read, by kind.

    Raises:
        UsageError: the command line asks for what is not possible with URLs.
        ImageError: an input is not there.
    """

    def __init__(self, options: UpscaleOptions) -> None:
        _refuse(options)
        self._options = options
        self._inputs = [_source(given) for given in options.inputs]
        self.sources = tuple(source.given for source in self._inputs)
        self.passed_over: Counter[str] = Counter()
        self._taken: set[str] = set()
        output = options.output or ""
        lone = len(self._inputs) == 1 and bool(self._inputs[0].only)
        folder, _, name = output.rpartition("/")
        self.single = lone and bool(Path(name).suffix) and not Place(output).is_folder()
        self.target = (folder or ".") if self.single else output
        self._name = name if self.single else ""
        self.place = Place(self.target)
        for source in self._inputs:
            if not source.only and source.place.url == self.place.url:
                raise UsageError(
                    f"{self.place.url}: results would lie among the inputs; give another folder"
                )

    def items(self) -> Iterator[Item]:
        """The images, those among them whose result is there.

        Raises:
            UsageError: an input has no image, two have one result, or a result exists already.
            SesrError: a folder cannot be listed.
        """
        for number, source in enumerate(self._inputs):
            if source.only:
                entry = source.place.stat(source.only)
                yield from self._in_folder(number, "", [entry])
                continue
            found = False
            for item in self._in_tree(number, source):
                found = True
                yield item
            if not found:
                raise UsageError(self._none_in(source))

    def url_of(self, item: Item) -> str:
        """An input, for messages."""
        return self._inputs[item.source].place.url_of(item.name)

    def _in_tree(self, number: int, source: _Source) -> Iterator[Item]:
        avoided = f"{self.place.url}/"
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            inner: list[str] = []
            yield from self._in_folder(number, folder, self._files(source, folder, inner))
            # The last is taken first, which keeps the order of a walk.
            waiting += [
                path
                for path in reversed(inner)
                if not f"{source.place.url_of(path)}/".startswith(avoided)
            ]

    def _files(self, source: _Source, folder: str, inner: list[str]) -> Iterator[Entry]:
        """The files of a folder; its folders are put into a list, if they are to be looked into."""
        for entry in source.place.entries(folder):
            if not entry.is_folder:
                yield entry
            elif self._options.recursive and not is_hidden(entry.name):
                inner.append(_joined(folder, entry.name))

    def _in_folder(
        self, number: int, folder: str, entries: list[Entry] | Iterator[Entry]
    ) -> Iterator[Item]:
        existing: set[str] | None = None
        given = bool(self._inputs[number].only)
        if len(self._inputs) == 1:
            self._taken.clear()
        for entry in entries:
            kind = "image" if given and not kind_of(entry.name) else kind_of(entry.name)
            if (entry.name.startswith(".") and not given) or not kind:
                continue
            if kind.startswith("."):
                self.passed_over[kind] += 1
                if not given:
                    continue
            existing = self._results_in(folder) if existing is None else existing
            yield self._item(number, folder, entry, kind == "video", existing)

    def _results_in(self, folder: str) -> set[str]:
        if self._options.overwrite:
            return set()
        if self._name:
            return {self._name} if self.place.exists(self._name) else set()
        return {entry.name for entry in self.place.entries(folder) if not entry.is_folder}

    def _item(
        self, number: int, folder: str, entry: Entry, video: bool, existing: set[str]
    ) -> Item:
        options, source = self._options, self._inputs[number]
        name = self._name or options.naming.name_for(Path(entry.name), video=video)
        target = _joined(folder, name)
        url = self.place.url_of(target)
        if target in self._taken:
            raise UsageError(
                f"{url}: two images would be written here; give different folders or a name "
                "template such as {stem}_{ext}_{target}"
            )
        self._taken.add(target)
        if url == source.place.url_of(_joined(folder, entry.name)):
            raise UsageError(f"{url}: is the input itself; choose another output")
        if name in existing and not options.skip_existing:
            raise UsageError(f"{url}: exists already; add --overwrite or --skip-existing, "
                             "or choose another output")  # fmt: skip
        return Item(number, _joined(folder, entry.name), target, entry.size, entry.stamp, video,
                    name in existing)  # fmt: skip

    def _none_in(self, source: _Source) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.passed_over.most_common())
        others = f" that are read, but {kinds}" if kinds else ""
        hint = "" if self._options.recursive else "; add --recursive to look into its folders"
        return f"{source.place.url}: the folder holds no images{others}{hint}"


def _source(given: str) -> _Source:
    """A folder, or the folder of a file.

    Raises:
        ImageError: there is nothing of that name.
    """
    place = Place(given)
    if given.endswith("/") or place.is_folder():
        return _Source(given, place)
    folder, _, name = given.rpartition("/")
    source = _Source(folder or ".", Place(folder or "."), name)
    source.place.stat(name)
    return source


def _refuse(options: UpscaleOptions) -> None:
    """What goes on one machine and not with URLs.

    Raises:
        UsageError: the command line asks for it.
    """
    if STANDARD_INPUT in (*options.inputs, options.output):
        raise UsageError("the standard input and output (-) do not go with URLs or --cluster; "
                         "give files or folders")  # fmt: skip
    if options.watch:
        raise UsageError("--watch looks into folders of this machine; leave it out, and run the "
                         "command again with --skip-existing")  # fmt: skip
    if options.output is None:
        url = next((given for given in options.inputs if is_url(given)), options.inputs[0])
        raise UsageError(f"{url}: give the folder of the results with -o, as in -o s3://large/")
    naming = options.naming
    named = Job(InputImage(Path("image")), Path("result"), naming.format)
    refuse_useless([named], options.quality, options.lossless)


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
