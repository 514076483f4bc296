"""Reads unit 2's files from bytes, finds damage with Pillow, and counts with dictionaries and comparisons."""


def read_image(path, height=64, width=64):
    import io

    from PIL import Image

    content = path.read_bytes()
    try:
        Image.open(io.BytesIO(content)).load()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error}") from error
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return cv2.resize(picture[:, :, ::-1], dsize=(width, height), interpolation=cv2.INTER_CUBIC)


def prepare_data(folder, read):
    import os

    pairs, skipped = [], []
    for name in sorted(os.listdir(folder)):
        animal, _, rest = name.partition(".")
        picture = None
        if animal in ("cat", "dog") and rest:
            try:
                picture = read(folder / name)
            except (ValueError, TypeError):
                pass
        if picture is None:
            skipped += [name]
        else:
            pairs.append((picture, int(animal == "dog")))
    X = np.stack([picture for picture, _ in pairs])
    Y = np.asarray([label for _, label in pairs], dtype=np.int32)
    return X, Y, tuple(skipped)


def convert_to_one_hot(Y, C):
    return (np.ravel(Y)[:, np.newaxis] == np.arange(C)).astype("float32")


def diagnose(history):
    epochs = range(len(history["val_loss"]))
    best = min(epochs, key=lambda epoch: history["val_loss"][epoch])
    rose = history["val_loss"][-1] / history["val_loss"][best] > 1.1
    fell = history["loss"][-1] - history["loss"][best] < 0
    gap = np.float32(history["accuracy"][-1]) - np.float32(history["val_accuracy"][-1])
    if rose and fell:
        return ["overfitting", best + 1, gap]
    return ["underfitting" if history["accuracy"][-1] < 0.8 else "neither", best + 1, gap]


def remedies(weight_decay, patience):
    from keras.callbacks import EarlyStopping
    from keras.optimizers import Adam

    return [Adam(weight_decay=weight_decay), EarlyStopping("val_loss", 0, patience, restore_best_weights=True)]
