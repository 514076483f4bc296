"""Defines a helper inside the block, which sees its arguments."""


def convolutional_block(X, f, filters, stage, block, s=2):
    def component(T, suffix, count, window, stride):
        T = layers.Conv2D(
            count, window, strides=stride, padding="same",
            kernel_initializer=glorot_uniform(seed=0), name=f"res{stage}{block}_branch{suffix}",
        )(T)
        return layers.BatchNormalization(axis=3, name=f"bn{stage}{block}_branch{suffix}")(T)

    F1, F2, F3 = filters
    main = layers.ReLU()(component(X, "2a", F1, 1, s))
    main = layers.ReLU()(component(main, "2b", F2, f, 1))
    return layers.ReLU()(layers.Add()([component(main, "2c", F3, 1, 1), component(X, "1", F3, 1, s)]))
