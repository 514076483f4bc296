"""Hands the filters on with a star, and has defaults of its own."""


def identity_block(X, f=3, filters=(64, 64, 256), stage=2, block="b"):
    def path(T, F1, F2, F3):
        for suffix, count, window in (("a", F1, 1), ("b", F2, f), ("c", F3, 1)):
            if suffix != "a":
                T = layers.ReLU()(T)
            T = layers.Conv2D(
                int(count), (window,) * 2, padding="SAME".lower(),
                kernel_initializer=glorot_uniform(seed=0), name=f"res{stage}{block}_branch2{suffix}",
            )(T)
            T = layers.BatchNormalization(axis=3, name=f"bn{stage}{block}_branch2{suffix}")(T)
        return T

    return layers.ReLU()(layers.Add()([path(X, *filters), X]))
