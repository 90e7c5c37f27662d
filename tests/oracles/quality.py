"""Compares PSNR, SSIM and MS-SSIM of `kyclops quality` with NumPy and SciPy, written straight from the papers.

usage: quality.py KYCLOPS

Exit code 77 (ctest: skipped) where SciPy is missing: tools/setup --oracles.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import second_python

try:
    import numpy as np
    from scipy.signal import convolve2d
except ImportError:
    second_python.skip("SciPy")


def write_bmp(path, rgb):
    height, width, _ = rgb.shape
    padding = b"\0" * (-3 * width % 4)
    rows = b"".join(rgb[y, :, ::-1].tobytes() + padding for y in range(height - 1, -1, -1))
    with open(path, "wb") as out:
        out.write(b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54))
        out.write(struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 2835, 2835, 0, 0) + rows)


def luma(rgb):
    return rgb[..., 0] * 0.299 + rgb[..., 1] * 0.587 + rgb[..., 2] * 0.114


def maps(a, b):
    """Luminance x contrast x structure, and contrast x structure (Wang et al. 2004, equations 12 and 13)."""
    at = np.arange(-5, 6)
    window = np.exp(-(at[:, None] ** 2 + at[None, :] ** 2) / (2 * 1.5**2))
    window /= window.sum()
    mean = lambda x: convolve2d(x, window, mode="valid")
    ma, mb = mean(a), mean(b)
    va, vb, vab = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    structure = (2 * vab + c2) / (va + vb + c2)
    return structure * (2 * ma * mb + c1) / (ma * ma + mb * mb + c1), structure


def halved(x):
    x = np.pad(x, ((0, x.shape[0] % 2), (0, x.shape[1] % 2)), mode="symmetric")
    return (x[::2, ::2] + x[1::2, ::2] + x[::2, 1::2] + x[1::2, 1::2]) / 4


def ms_ssim(a, b):
    product = 1.0
    for scale, weight in enumerate((0.0448, 0.2856, 0.3001, 0.2363, 0.1333)):
        whole, structure = maps(a, b)
        product *= max((whole if scale == 4 else structure).mean(), 0) ** weight
        a, b = halved(a), halved(b)
    return product


def main():
    rng = np.random.default_rng(1)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for i in range(12):
            height, width = rng.integers(161, 260, 2)
            y, x = np.mgrid[:height, :width]
            smooth = 120 + 60 * np.sin(x / rng.uniform(4, 30)) * np.cos(y / rng.uniform(4, 30))
            a = np.clip(smooth[..., None] + rng.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8)
            b = np.clip(a + rng.normal(0, rng.uniform(1, 60), a.shape), 0, 255).astype(np.uint8)
            paths = [os.path.join(folder, name) for name in ("a.bmp", "b.bmp")]
            write_bmp(paths[0], a)
            write_bmp(paths[1], b)
            done = subprocess.run([sys.argv[1], "quality", paths[0], "--reference", paths[1], "--no-face", "--json"],
                                  capture_output=True, text=True, check=True)
            ours = json.loads(done.stdout)
            square = ((a.astype(float) - b.astype(float)) ** 2).mean()
            theirs = {"psnr": 10 * np.log10(255**2 / square), "ssim": maps(luma(a), luma(b))[0].mean(),
                      "ms_ssim": ms_ssim(luma(a), luma(b))}
            for name, value in theirs.items():
                if not abs(ours[name] - value) <= 1e-9:
                    failures += 1
                    print(f"picture {i} ({width} x {height}): {name}: kyclops says {ours[name]}, expected {value}")
    print(f"12 pairs of pictures, {failures} deviations above 1e-9")
    return 1 if failures else 0


sys.exit(main())
