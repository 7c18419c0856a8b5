"""How the help of every command ends: examples, and what its exit codes mean."""

from __future__ import annotations

EXAMPLES = {
    "upscale": (
        ("sesr upscale photo.jpg", "writes photo_x2.jpg"),
        ("sesr upscale photo.jpg -s 3 -f webp", "three times, as WebP"),
        ("sesr upscale photos/ -r -o large/", "a tree of folders, mirrored"),
        ("sesr upscale inbox/ --watch -o large/", "what arrives, until Ctrl-C"),
        ("sesr upscale clip.mp4 --preset fast", "a video, with its sound"),
        ("sesr upscale s3://photos/ -r -o s3://large/", "from bucket to bucket"),
        ("sesr upscale slide.tif --tiled", "of any size, in parts that survive a kill"),
        ("sesr upscale photos/ --dry-run", "what would be written"),
    ),
    "manifest": (
        ("sesr manifest s3://large/", "what became of a job, and what is missing"),
        ("sesr manifest large/ --check", "whether every result is what was written"),
    ),
    "models": (("sesr models", "what --model takes"),),
    "evaluate": (
        ("sesr evaluate Set5 Set14", "PSNR and SSIM of M5, twice as large"),
        ("sesr evaluate Set5 --model run/m5_x2_y.tflite --json", "of a network of your own"),
    ),
    "bench": (
        ("sesr bench", "speed on this machine"),
        ("sesr bench --images Set5 --plot speed.png", "with quality, and drawn"),
    ),
    "train": (
        ("sesr train PHOTOS --validation OTHERS -o run", "M5 for twice as large"),
        ("sesr train PHOTOS --validation OTHERS -o run --recipe m3_x2_rgb", "as a shipped one"),
        ("sesr train PHOTOS --validation OTHERS -o all --cluster auto --sweep seed=0,1,2", ""),
    ),
    "classify": (
        ("sesr classify train FOLDER -o run", "RAN-e-small, from a folder of images a class"),
        ("sesr classify train FOLDER --validation OTHER -o run --network ran_e_gt", ""),
    ),
    "export": (
        ("sesr export --model N5 --target ethos-u55-128 -o firmware/", "for a micro-NPU"),
        ("sesr export --target cpu -o phone/", "LiteRT in three precisions, and ONNX"),
        ("sesr export verify firmware/", "what was flashed is whole"),
    ),
    "robustness": (
        ("sesr robustness --classifier net.keras --images DIR --labels labels.csv -o report", ""),
        ("sesr robustness train --help", "how a defense is trained"),
    ),
    "web": (
        ("sesr web --open", "the page, for this machine"),
        ("sesr web --port 8000 --max-files 10", "elsewhere, with another limit"),
    ),
}
"""Of every command, each with what it does."""

EXIT_CODES = (
    ("0", "all went well"),
    ("1", "something failed, and a line said what"),
    ("2", "the command line asks for what cannot be"),
    ("130", "stopped by Ctrl-C"),
)
"""Of every command, each with what it means."""


def epilog(command: str) -> str:
    """The end of a command's help."""
    # A line of \b keeps Click from filling the paragraph.
    return "\n\n".join(
        (
            _paragraph("Examples:", EXAMPLES.get(command, ())),
            _paragraph("Exit codes:", EXIT_CODES),
        )
    )


def _paragraph(title: str, rows: tuple[tuple[str, str], ...]) -> str:
    width = max((len(left) for left, _ in rows), default=0)
    lines = (f"  {left.ljust(width)}  {right}".rstrip() for left, right in rows)
    return "\n".join(["\b", title, *lines])
