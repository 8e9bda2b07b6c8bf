"""The colours of the pictures.

A picture is drawn once, in the light colours; on the page each is replaced with the CSS variable of its name,
so that one picture serves the light and the dark page. ``style.css`` holds both values of every variable.
"""

PAPER = "#ffffff"
INK = "#1c2128"
SOFT = "#59636e"
FAINT = "#868f99"
LINE = "#dde2e7"
ACCENT = "#0b5cad"

VARIABLES = {
    PAPER: "var(--paper)",
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    FAINT: "var(--faint)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
}
