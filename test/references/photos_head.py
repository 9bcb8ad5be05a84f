"""Holds `graft train` on photos to scikit-learn's LogisticRegressionCV on the same features.

Draws four folders (shapes under lines and noise), takes a folder of photos besides, and trains on each at the first
try: node's `graft train FOLDER`, then LogisticRegressionCV (ten decays from 1e-4 to 1e4, chosen by cross-validation
in 5 folds) on the rows of `graft features`. Compares them picture by picture on the test pictures of all sets.
With SEED the drawings are others, the photos are divided anew into as many training and test pictures of each class
as in FLOWERS_FOLDER/train and FLOWERS_FOLDER/val, and `graft train` has that seed.

    python -m venv sk && sk/bin/pip install scikit-learn pillow
    sk/bin/python test/references/photos_head.py WORK_FOLDER FLOWERS_FOLDER [SEED]

Needs the weights of EfficientNet-Lite0, which come with the project. Figures: docs/photos.md.
"""
import csv
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import sklearn
from PIL import Image, ImageDraw, ImageFilter
from sklearn.linear_model import LogisticRegressionCV

ROOT = Path(__file__).parents[2]
SIDE = 160
SHAPES = ['circle', 'square', 'triangle', 'pentagon', 'hexagon', 'star', 'cross', 'ellipse', 'ring', 'bar']
# training and test pictures of each class
SETS = {
    'two': ([20] * 2, [500] * 2),
    'uneven': ([240, 60, 20], [400] * 3),
    'five': ([120] * 5, [300] * 5),
    'ten': ([200] * 10, [150] * 10),
}


def outline(shape, rng):
    turn = rng.uniform(0, 2 * math.pi)
    corners = {'triangle': 3, 'square': 4, 'pentagon': 5, 'hexagon': 6, 'star': 10}.get(shape)
    if corners:
        angles = turn + 2 * math.pi * np.arange(corners) / corners
        radii = np.where(np.arange(corners) % 2, 1, 0.45) if shape == 'star' else np.ones(corners)
        return np.stack([radii * np.cos(angles), radii * np.sin(angles)], 1)
    if shape == 'cross':
        a = 0.33
        points = [(-a, -1), (a, -1), (a, -a), (1, -a), (1, a), (a, a), (a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a), (-a, -a)]
    elif shape == 'bar':
        points = [(-1, -0.35), (1, -0.35), (1, 0.35), (-1, 0.35)]
    else:
        angles = np.linspace(0, 2 * math.pi, 60, endpoint=False)
        points = np.stack([np.cos(angles), (0.6 if shape == 'ellipse' else 1) * np.sin(angles)], 1)
    turned = [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    return np.asarray(points) @ np.asarray(turned)


def picture(shape, rng):
    colour = lambda: tuple(int(v) for v in rng.integers(0, 256, 3))
    image = Image.new('RGB', (SIDE, SIDE), colour())
    draw = ImageDraw.Draw(image)

    def lines(count):
        for _ in range(count):
            draw.line([int(v) for v in rng.integers(0, SIDE, 4)], fill=colour(), width=int(rng.integers(1, 7)))

    lines(int(rng.integers(3, 12)))
    radius = rng.uniform(0.16, 0.36) * SIDE
    x, y = rng.uniform(0.3, 0.7, 2) * SIDE
    draw.polygon([(x + radius * a, y + radius * b) for a, b in outline(shape, rng)], fill=colour())
    if shape == 'ring':
        inner = 0.55 * radius
        draw.ellipse((x - inner, y - inner, x + inner, y + inner), fill=colour())
    lines(int(rng.integers(2, 7)))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.6)))
    levels = np.asarray(image, dtype=np.float32) + rng.normal(0, rng.uniform(5, 45), (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def draw_set(folder, counts, tests, seed):
    rng = np.random.default_rng(seed)
    for shape, train, test in zip(SHAPES, counts, tests):
        for split, n in (('train', train), ('test', test)):
            at = folder / split / shape
            at.mkdir(parents=True)
            for i in range(n):
                picture(shape, rng).save(at / f'{i:04}.jpg', quality=92)


def divide(photos, folder, seed):
    rng = np.random.default_rng(seed)
    for of_class in sorted((photos / 'train').iterdir()):
        files = sorted([*of_class.iterdir(), *(photos / 'val' / of_class.name).iterdir()])
        tests = len(list((photos / 'val' / of_class.name).iterdir()))
        rng.shuffle(files)
        for split, some in (('test', files[:tests]), ('train', files[tests:])):
            at = folder / split / of_class.name
            at.mkdir(parents=True)
            for file in some:
                shutil.copy(file, at)


def graft(*args):
    done = subprocess.run(['node', 'src/graft.mjs', *map(str, args), '--json'], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def features(folder, split, work):
    out = work / f'{folder.name}-{split}.npy'
    graft('features', '--data', folder, '--split', split, '--dtype', 'auto', '--precision', 'auto', '--cache', work / 'cache', '--out', out)
    with open(out.with_suffix('.csv')) as file:
        rows = list(csv.DictReader(file))
    return np.load(out).astype(np.float64), np.array([row['class'] for row in rows]), [row['file'] for row in rows]


def compare(folder, work):
    trained = graft('train', folder, *SEEDED, '--cache', work / 'cache', '--runs', work / 'runs', '--save', work / f'{folder.name}-classifier')
    judged = work / f'{folder.name}-evaluation'
    graft('evaluate', '--classifier', work / f'{folder.name}-classifier', '--data', folder, '--split', 'test', '--cache', work / 'cache', '--out', judged)
    with open(judged / 'mistakes.csv') as file:
        wrong = {row['file'] for row in csv.DictReader(file)}
    x, y, _ = features(folder, 'train', work)
    x_test, y_test, files = features(folder, 'test', work)
    peer = LogisticRegressionCV(Cs=10, cv=5, max_iter=10_000).fit(x, y)
    ours = np.array([file not in wrong for file in files])
    assert abs(ours.mean() - trained['accuracy']) < 1e-9, (ours.mean(), trained['accuracy'])
    theirs = peer.predict(x_test) == y_test
    print(
        f"{folder.name}: {len(set(y))} classes, {len(y)} training pictures, {len(files)} test pictures; graft train "
        f"{100 * ours.mean():.1f} % ({trained['head']['head']}; {trained['head']['why']}), scikit-learn {100 * theirs.mean():.1f} %",
        flush=True,
    )
    return ours.astype(int) - theirs.astype(int)


def bound(differences):
    n, mean = len(differences), differences.mean()
    error = differences.std(ddof=1) / math.sqrt(n)
    return f'{100 * mean:+.2f} points, at least {100 * (mean - 1.645 * error):+.2f} (95 %, one-sided, paired)'


work, flowers = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
work.mkdir(parents=True, exist_ok=True)
SEEDED = ['--seed', sys.argv[3]] if len(sys.argv) > 3 else []
drawing = 100 * int(sys.argv[3]) if SEEDED else 0
if SEEDED:
    if not (work / 'flowers').exists():
        divide(flowers, work / 'flowers', drawing)
    flowers = work / 'flowers'
folders = [flowers]
for seed, (name, (counts, tests)) in enumerate(SETS.items()):
    if not (work / name).exists():
        draw_set(work / name, counts, tests, drawing + seed)
    folders.append(work / name)
of_sets = [compare(folder, work) for folder in folders]
for folder, differences in zip(folders, of_sets):
    print(f'{folder.name}: difference {bound(differences)}')
together = np.concatenate(of_sets)
print(f'scikit-learn {sklearn.__version__}: difference over all {len(together)} test pictures {bound(together)}')
