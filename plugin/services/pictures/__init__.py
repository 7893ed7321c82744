"""Plans drawn as A4 pages (SVG) that an organiser can print; labels in French and English."""
