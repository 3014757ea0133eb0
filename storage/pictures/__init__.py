"""Pictures without what cameras write into them: position, device, owner, previews, comments.

Only the container is rewritten; the picture itself is copied byte for byte.
"""

from storage.pictures.gif import clean_gif
from storage.pictures.jpeg import clean_jpeg
from storage.pictures.picture import Cleaned, PictureError
from storage.pictures.png import clean_png
from storage.pictures.webp import clean_webp

__all__ = ["Cleaned", "PictureError", "clean_gif", "clean_jpeg", "clean_png", "clean_webp"]
