"""Puts convolution, batch norm and ReLU into a small class that can be called."""


class Component:
    def __init__(self, base, suffix, count, window=1, padding="valid", relu=True):
        self.convolution = layers.Conv2D(
            count, window, padding=padding, kernel_initializer=glorot_uniform(seed=0),
            name=f"res{base}_branch{suffix}",
        )
        self.norm = layers.BatchNormalization(axis=3, name=f"bn{base}_branch{suffix}")
        self.relu = layers.ReLU() if relu else None

    def __call__(self, X):
        X = self.norm(self.convolution(X))
        return X if self.relu is None else self.relu(X)


def identity_block(X, f, filters, stage, block):
    base = f"{stage}{block}"
    first = Component(base, "2a", filters[0])
    second = Component(base, "2b", filters[1], f, "same")
    third = Component(base, "2c", filters[2], relu=False)
    return layers.ReLU()(layers.Add()([third(second(first(X))), X]))
