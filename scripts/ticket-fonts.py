#!/usr/bin/env python3
"""Makes assets/paper from Inter's static TTF files.

usage: scripts/ticket-fonts.py FOLDER   (holds Inter_500Medium.ttf, Inter_800ExtraBold.ttf, LICENSE_FONT)

Go's font rasteriser knows no OpenType features, so tabular digits are made the
default ones: the character map points 0 to 9 at the glyphs of feature tnum.
What is kept: Latin with every Vietnamese letter, the punctuation of our texts,
and kerning. Needs fonttools (Debian: fonttools). The OFL allows this; Inter
reserves no font name.
"""
import pathlib
import shutil
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

KEEP = (
    list(range(0x20, 0x7F)) + list(range(0xA0, 0x180))  # Latin, with Đ Ă Ĩ Ũ
    + [0x1A0, 0x1A1, 0x1AF, 0x1B0]                      # Ơ ơ Ư ư
    + list(range(0x300, 0x304)) + [0x306, 0x309, 0x31B, 0x323]  # marks, for what has no composed form
    + list(range(0x1EA0, 0x1EFA))                       # Vietnamese
    + [0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x20AB]
    + [0x2190, 0x2192, 0x2212, 0x25A1]
)


def make(source: pathlib.Path, target: pathlib.Path) -> None:
    font = TTFont(source, recalcTimestamp=False)
    gsub = font["GSUB"].table
    tabular = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    tabular.update(getattr(table, "mapping", {}))
    for table in font["cmap"].tables:
        for char in range(ord("0"), ord("9") + 1):
            if char in table.cmap:
                table.cmap[char] = tabular.get(table.cmap[char], table.cmap[char])  # tables may be one object
    options = subset.Options(layout_features=["kern"], name_IDs=[0, 1, 2, 4, 5, 6, 13, 14],
                             notdef_outline=True, hinting=False, recalc_timestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=KEEP)
    subsetter.subset(font)
    font.save(target)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    out = pathlib.Path(__file__).resolve().parent.parent / "assets" / "paper"
    make(folder / "Inter_500Medium.ttf", out / "inter-medium.ttf")
    make(folder / "Inter_800ExtraBold.ttf", out / "inter-extrabold.ttf")
    shutil.copyfile(folder / "LICENSE_FONT", out / "OFL.txt")
