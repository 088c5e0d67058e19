"""image_processing of a 24 megapixel photograph, one process a task included, beside libvips' own commands.

The handler is called as the task runner calls it; commands are started the same way, on the same file."""

import json
import subprocess

import load
from figures import Figure, Round
from parts.process import PartError

WIDTH, HEIGHT = 6000, 4000
SAVED = "[Q=80,strip]"
# (name, format, steps, the command that does the same)
OPERATIONS = (
    (
        "thumbnail",
        "jpeg",
        [{"op": "thumbnail", "width": 640}],
        lambda picture, out: ["vipsthumbnail", picture, "-s", "640", "-o", f"{out}.jpg{SAVED}"],
    ),
    (
        "resize",
        "jpeg",
        [{"op": "resize", "width": WIDTH // 2}],
        lambda picture, out: ["vips", "resize", picture, f"{out}.jpg{SAVED}", "0.5"],
    ),
    (
        "crop",
        "jpeg",
        [{"op": "crop", "left": 1000, "top": 1000, "width": 2000, "height": 1500}],
        lambda picture, out: ["vips", "crop", picture, f"{out}.jpg{SAVED}", "1000", "1000", "2000", "1500"],
    ),
    (
        "rotate",
        "jpeg",
        [{"op": "rotate", "angle": 90}],
        lambda picture, out: ["vips", "rot", picture, f"{out}.jpg{SAVED}", "d90"],
    ),
    (
        "convert",
        "webp",
        [],
        lambda picture, out: ["vips", "copy", picture, f"{out}.webp{SAVED}"],
    ),
)


def vips(folder, *command):
    done = subprocess.run(["vips", *command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"vips {command[0]}: {done.stderr.strip()}")


def make_photograph(folder):
    """Clouds of three colours with the noise of a sensor: as large a file as a camera makes."""
    for colour in "rgb":
        vips(folder, "perlin", f"{colour}.v", str(WIDTH), str(HEIGHT), "--cell-size", "256", "--uchar")
    vips(folder, "bandjoin", "r.v g.v b.v", "clouds.v")
    vips(folder, "gaussnoise", "noise.v", str(WIDTH), str(HEIGHT), "--sigma", "12")
    vips(folder, "add", "clouds.v", "noise.v", "sum.v")
    vips(folder, "cast", "sum.v", "bytes.v", "uchar")
    vips(folder, "copy", "bytes.v", "colours.v", "--interpretation", "srgb")
    vips(folder, "jpegsave", "colours.v", "photograph.jpg", "--Q", "92")
    for left_over in folder.glob("*.v"):
        left_over.unlink()
    return folder / "photograph.jpg"


def measured(*arguments):
    program = load.ROOT / "build" / "release" / "bench" / "peers" / "bench_image"
    command = [str(each) for each in (program, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"bench_image {arguments[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def measure(operation, picture, args):
    name, saved_as, steps, command = operation
    raw_command = command(str(picture), str(picture.parent / "out"))
    figure = Figure(f"image-{name}", "pictures/s", " ".join(raw_command[:2]).split(" /")[0], 0.9)
    output = {"name": "out", "format": saved_as, "steps": steps}
    parameters = {"source": {"fileId": 1000}, "outputs": [output]}
    worker = load.ROOT / "build" / "release" / "app" / "esm-image"
    for index in range(args.rounds):
        raw = measured("command", args.seconds, *raw_command)
        ours = measured("handler", worker, picture, json.dumps(parameters), args.seconds)
        figure.rounds.append(Round(ours["perSecond"], raw["perSecond"], ours["p50Ms"], ours["p99Ms"]))
        figure.rss_mb = max(figure.rss_mb, ours["childMb"])
        print(
            f"{name}, round {index + 1}: {ours['perSecond']:.2f}/s in {ours['childMb']:.0f} MB,"
            f" {figure.limit_name} {raw['perSecond']:.2f}/s in {raw['childMb']:.0f} MB",
            flush=True,
        )
    return figure


def run(args, folder):
    picture = make_photograph(folder)
    print(f"a photograph of {WIDTH} x {HEIGHT} pixels, {picture.stat().st_size / 1e6:.1f} MB")
    figures = [measure(operation, picture, args) for operation in OPERATIONS]
    for figure in figures:
        print(figure.table())
    for figure in figures:
        print(figure.json_line())
