#!/usr/bin/env python3
"""Fails on an #include of "kyc/..." that layers.txt does not allow, and on a row that names a folder below it."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
root = root if root.is_dir() else root.parent.parent
rows = [row for row in (root / "layers.txt").read_text().splitlines() if re.match(r"[a-z]+:", row)]
table = {name: allowed.split() for name, allowed in (row.split(":") for row in rows)}
order = list(table)
bad = [f"layers.txt: {a} comes before {b}" for a in table for b in table[a]
       if b not in table or order.index(b) >= order.index(a)]
folders = {path.name for path in (root / "src/kyc").iterdir() if path.is_dir()}
bad += [f"layers.txt: no folder src/kyc/{name}" for name in set(order) - folders]
bad += [f"src/kyc/{name}: no row in layers.txt" for name in folders - set(order)]
files = 0
for path in sorted((root / "src/kyc").rglob("*.[hc]*")):
    if path.suffix not in {".h", ".cpp"}:
        continue
    files += 1
    here = path.relative_to(root / "src/kyc").parts[0]
    allowed = {here, *table.get(here, []), *(["testing"] if path.stem.endswith("_test") else [])}
    for there in re.findall(r'^\s*#\s*include\s*["<]kyc/(\w+)/', path.read_text(), re.M):
        if there not in allowed:
            bad.append(f"{path.relative_to(root)}: {here} may not include {there}")
print("\n".join(bad) if bad else f"layers: {files} files follow layers.txt")
sys.exit(1 if bad else 0)
