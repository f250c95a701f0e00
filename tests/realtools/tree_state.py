#!/usr/bin/env python3
"""Which of two trees is this one?   tree_state.py OLD NEW NOW

Prints "old" or "new" when every file of that tree is in NOW with its bytes, and no file of the other tree
that it lacks. Otherwise "mixed: ..." (whole files of both) or "torn: ..." (a file that is neither, or gone).
Files that belong to neither tree are what a killed run left beside them; --strict counts them as torn."""
import os
import sys


def read(root):
    tree = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                tree[os.path.relpath(path, root)] = file.read()
    return tree


strict = "--strict" in sys.argv
old, new, now = (read(path) for path in [a for a in sys.argv[1:] if a != "--strict"])
ours = {path: data for path, data in now.items() if strict or path in old or path in new}
if ours == old or ours == new:
    print("old" if ours == old else "new")
    sys.exit()
torn = [p for p in sorted({*old, *new, *ours}) if ours.get(p) not in (old.get(p), new.get(p))]
kept = sum(ours.get(p) == old.get(p) != new.get(p) for p in {*old, *new})
print(f"torn: {len(torn)} files, such as {torn[0]}" if torn else f"mixed: {kept} of {len({*old, *new})} files are still the old ones")
