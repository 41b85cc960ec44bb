"""What enrolling costs: one photo, 300 of them onto a slow module, 50,000 people listed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import contextlib
import io
from itertools import count
import os
from pathlib import Path
import subprocess
import sys
import tempfile
from unittest.mock import patch

from hass_api import REPOSITORY, DemoError
from PIL import Image

from simulator import SimulatedModule
from simulator.faces import FEATURE_SIZE, Face

from .load import Bench, compare, home_assistant, show

_GOAL_CPU, _GOAL_MEGABYTES = 1.1, 20.0
_PHOTOS = 300
# Seconds in which the module answers, and how many times its own time it may take.
_LATENCIES = ((0.12, 1.15), (0.05, 1.4))
_GOAL_IMPORT_WRITTEN = 3.0
_GOAL_IMPORT_MEGABYTES = 60.0
_PEOPLE, _GOAL_LISTING = 50_000, 1.2
_PAGE = 1000

ONE_PHOTO = """
import io, re, sys, time
from PIL import Image, ImageOps
from custom_components.face_module.pictures.prepare import prepare

def plain(data):
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (1080, 1080))
    image.thumbnail((1080, 1080))
    image = ImageOps.exif_transpose(image)
    image.save(io.BytesIO(), "JPEG", quality=85)

def kilobytes(key):
    return int(re.search(key + r":\\s+(\\d+)", open("/proc/self/status").read())[1])

data = open(sys.argv[2], "rb").read()
run = {"ours": prepare, "plain": plain}[sys.argv[1]]
small = io.BytesIO()
Image.new("RGB", (1000, 700)).save(small, "JPEG", comment=b"so that it is decoded")
run(small.getvalue())
before = kilobytes("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
run(data)
peak = kilobytes("VmHWM") - before
begun = time.process_time()
for _ in range(10):
    run(data)
print((time.process_time() - begun) * 100, peak / 1024)
"""


def _photo(number: int) -> bytes:
    """Return a photo of 12 megapixels as a phone takes it, some 3 MB."""
    image = Image.effect_noise((504, 378), 50 + number).resize((4032, 3024))
    grain = Image.effect_noise((4032, 3024), 6)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    Image.merge("RGB", (image, grain, image)).save(buffer, "JPEG", quality=90, exif=exif)
    return buffer.getvalue()


async def photos(rounds: int) -> None:
    """Compare one photo with Pillow's `draft` way: CPU, and the peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        path.write_bytes(_photo(1))

        def once(way: str) -> tuple[float, float]:
            command = [sys.executable, "-c", ONE_PHOTO, way, str(path)]
            said = subprocess.check_output(command, cwd=REPOSITORY, text=True)
            milliseconds, megabytes = map(float, said.split())
            return milliseconds, megabytes

        ours, plain = [], []
        for _ in range(rounds):
            plain.append(await asyncio.to_thread(once, "plain"))
            ours.append(await asyncio.to_thread(once, "ours"))
    ours_cpu, plain_cpu = ([figures[0] for figures in way] for way in (ours, plain))
    compare("a photo of 12 MP, to Pillow's draft way", ours_cpu, plain_cpu, _GOAL_CPU)
    peaks = [figures[1] for figures in ours]
    show("its peak of memory", peaks, _GOAL_MEGABYTES, unit="MB")


@contextlib.contextmanager
def _quick_eyes() -> Iterator[None]:
    """Let the module find a new face in every picture, in no time."""
    numbers = count(1)

    def find_faces(_picture: bytes) -> tuple[Face, ...]:
        feature = (next(numbers) * 7919 % 65521).to_bytes(2) * (FEATURE_SIZE // 2)
        return (Face(box=(100, 100, 600, 600), sharpness=500.0, feature=feature),)

    with (
        patch("simulator.calls.people.find_faces", find_faces),
        patch("simulator.calls.recognition.find_faces", find_faces),
    ):
        yield


@contextlib.asynccontextmanager
async def _module(bench: Bench) -> AsyncIterator[tuple[SimulatedModule, str]]:
    """Add an empty module; give it and the id of its device."""
    async with bench.module() as added:
        await bench.hass.connect()
        yield added.module, await bench.hass.device(added.module.serial)
        await bench.hass.close()


async def enrollment(rounds: int) -> None:
    """Import 300 photos: how many times the module's own time it takes, and memory."""
    async with home_assistant() as bench:
        with _quick_eyes():
            async with _module(bench) as (module, device):
                module.config.recognition_threshold = 100
                folder = bench.config / "media" / "people"
                folder.mkdir()
                for number in range(_PHOTOS):
                    path = folder / f"Person {number}.jpg"
                    if number < 6:  # noqa: PLR2004
                        path.write_bytes(_photo(number))
                    else:
                        os.link(folder / f"Person {number % 6}.jpg", path)
                for latency, goal in _LATENCIES:
                    ratios, grown, written = [], [], []
                    for _ in range(min(rounds, 3)):
                        before = bench.written()
                        ratio, megabytes = await _import(
                            bench, module, device, folder, latency
                        )
                        # What is written some seconds later counts, too.
                        await asyncio.sleep(12)
                        jpegs = sum(len(user.picture) for user in module.users.values())
                        written.append((bench.written() - before) / jpegs)
                        ratios.append(ratio)
                        grown.append(megabytes)
                    note = f"{latency * 1000:.0f} ms"
                    show(f"{_PHOTOS} photos, to the module alone, {note}", ratios, goal)
                    show(
                        f"its peak of memory, {note}",
                        grown,
                        _GOAL_IMPORT_MEGABYTES,
                        unit="MB",
                    )
                    name = "its bytes written, to those of its pictures"
                    show(f"{name}, {note}", written, _GOAL_IMPORT_WRITTEN)


async def _import(
    bench: Bench, module: SimulatedModule, device: str, folder: Path, latency: float
) -> tuple[float, float]:
    """Import once into an empty module; return time to its own time, and memory."""
    module.users.clear()
    module.faults.latency = latency
    await asyncio.sleep(3)
    before, peak = bench.megabytes(), 0.0
    busy, begun = module.busy, asyncio.get_running_loop().time()
    job = asyncio.create_task(
        bench.hass.perform(
            "import_users",
            device_id=device,
            path=str(folder),
            allow_duplicate_face=True,
        )
    )
    while not job.done():
        peak = max(peak, bench.megabytes())
        await asyncio.sleep(0.05)
    took = asyncio.get_running_loop().time() - begun
    report = await job
    if report["added"] != _PHOTOS:
        raise DemoError(f"only {report['added']} were enrolled: {report['failed'][:1]}")
    module.faults.latency = 0
    return took / (module.busy - busy), peak - before


async def listing(rounds: int) -> None:
    """List 50,000 people in pages, to the sum of the module's own answer times."""
    async with home_assistant() as bench, _module(bench) as (module, device):
        module.add_many(_PEOPLE)
        module.faults.latency = 0.02
        ratios = []
        for _ in range(rounds):
            busy, begun, seen = module.busy, asyncio.get_running_loop().time(), 0
            while seen < _PEOPLE:
                page = await bench.hass.perform(
                    "list_users", device_id=device, offset=seen, limit=_PAGE
                )
                seen += len(page["users"])
            took = asyncio.get_running_loop().time() - begun
            ratios.append(took / (module.busy - busy))
        show(f"{_PEOPLE} people listed, to the module alone", ratios, _GOAL_LISTING)
