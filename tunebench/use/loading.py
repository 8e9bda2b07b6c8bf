"""How a saved model takes images, in words and as a program."""

from collections.abc import Iterator

from tunebench.records import RunRecord
from tunebench.use.licences import has_saved_model

_RESIZE = {
    "crop": ("fills the size and cuts off the sides", "ImageOps.fit(image, ({width}, {height}))"),
    "pad": ("shows all of the image, on black", "ImageOps.pad(image, ({width}, {height}))"),
    "stretch": ("changes the proportions", "image.resize(({width}, {height}))"),
}


def lines(record: RunRecord) -> Iterator[str]:
    """What goes into the model and how to call it, as Markdown.

    Args:
        record: The run's; only whole numbers and known words of it are used.
    """
    size = record.dataset.image_size
    rule = str(record.settings.get("resize"))
    words, call = _RESIZE.get(rule, _RESIZE["crop"])
    pixels = f"{size[1]}×{size[0]} (width × height)" if size else "of the size that `model.input_shape` says"
    yield (
        f"The model takes raw RGB images, `uint8` from 0 to 255, {pixels}, and returns a probability for "
        "each class. Scaling the values is part of the model. Resizing an image to its input is not: "
        f"the program below {words}, as `--resize {rule if rule in _RESIZE else 'crop'}` does."
    )
    if record.settings.get("dataset_source"):
        yield (
            "The training images were read like that, turned upright by their EXIF data, with transparent "
            "pixels on white."
        )
    yield ""
    width, height = (size[1], size[0]) if size else ("width", "height")
    yield "```python"
    yield "import keras"
    yield "import numpy as np"
    yield "from PIL import Image, ImageOps"
    if has_saved_model(record):
        yield ""
        yield "from tunebench import backbones"
        yield ""
        yield "backbones.register_layers()  # Keras needs to know the layer of the pretrained network."
    else:
        yield ""
    yield f'model = keras.saving.load_model("model-{record.finals[0].seed}.keras")'
    if not size:
        yield "_, height, width, _ = model.input_shape"
    yield 'image = ImageOps.exif_transpose(Image.open("image.jpg")).convert("RGB")'
    yield f"image = {call.format(width=width, height=height)}"
    yield "probabilities = model.predict(np.asarray(image)[np.newaxis])[0]"
    yield "print(probabilities.argmax())  # the number of a class in the table below"
    yield "```"
    if record.settings.get("space_source") != record.space:
        yield ""
        yield "If the space has layers of its own, import its module before loading the model."
