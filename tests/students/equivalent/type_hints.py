"""Has type hints, defaults for arguments and constants of its own."""


from collections.abc import Sequence

CHANNELS = 3


def identity_block(
    X: keras.KerasTensor, f: int, filters: Sequence[int], stage: int = 1, block: str = "a"
) -> keras.KerasTensor:
    base: str = f"{stage}{block}_branch"
    shortcut: keras.KerasTensor = X
    sizes: tuple[int, int, int] = (1, f, 1)
    for suffix, count, size in zip(("2a", "2b", "2c"), filters, sizes, strict=True):
        X = layers.Conv2D(
            int(count), size, padding="same" if size == f else "valid",
            kernel_initializer=glorot_uniform(seed=0), name=f"res{base}{suffix}",
        )(X)
        X = layers.BatchNormalization(axis=CHANNELS, name=f"bn{base}{suffix}")(X)
        if suffix != "2c":
            X = layers.ReLU()(X)
    X = layers.Add()([X, shortcut])
    return layers.ReLU()(X)


def convolutional_block(
    X: keras.KerasTensor,
    f: int,
    filters: Sequence[int],
    stage: int = 1,
    block: str = "a",
    s: int = 2,
) -> keras.KerasTensor:
    base: str = f"{stage}{block}_branch"

    def step(X, suffix: str, count: int, size: int = 1, stride: int = 1):
        X = layers.Conv2D(
            count, size, stride, "same" if size > 1 else "valid",
            kernel_initializer=glorot_uniform(seed=0), name=f"res{base}{suffix}",
        )(X)
        return layers.BatchNormalization(axis=CHANNELS, name=f"bn{base}{suffix}")(X)

    F1, F2, F3 = filters
    main = layers.ReLU()(step(X, "2a", F1, stride=s))
    main = layers.ReLU()(step(main, "2b", F2, f))
    return layers.ReLU()(layers.Add()([step(main, "2c", F3), step(X, "1", F3, stride=s)]))
